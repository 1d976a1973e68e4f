import { manyForChange, query, type EntityManager } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import { planEntity, type Plan } from '../entities/plan.js';
import { resellerEntity } from '../entities/reseller.js';
import { accountFacts } from './account-facts.js';
import { assertWithinAllowance, lockAllowance } from './allowance.js';
import { changedLimits } from './limit-values.js';
import type { Room, Work } from './room.js';

/** Accounts that one transaction changes; more become a job of such batches. */
export const BATCH = 25;

/** Give the account this plan as it is now. Nothing happens when it has it already. */
export async function applyPlan(work: Work, row: Account, plan: Plan): Promise<void> {
  const { spec } = row;
  const same =
    spec.planId === plan.id &&
    spec.planName === plan.name &&
    changedLimits(spec.limits, plan.limits).length === 0;
  if (same) return;
  await work.hooks.run('account.plan', { accountId: row.id, planId: plan.id }, async () => {
    const next = { ...spec, planId: plan.id, planName: plan.name, limits: { ...plan.limits } };
    const saved = await work.desired.update<Account>('account', row, next);
    return { subject: accountFacts(saved), fact: { accountId: row.id, planId: plan.id } };
  });
}

/** One batch of a plan's accounts after `afterId`; null when there are no more. */
export async function applyPlanBatch(work: Work, planId: number, afterId: number): Promise<number | null> {
  const plan = await work.em.findOne(planEntity, { id: planId });
  if (!plan) return null;
  const rows = await manyForChange<Account>(
    work.em,
    accountEntity,
    { planId, deletedAt: null, id: { $gt: afterId } },
    BATCH,
  );
  for (const row of rows) await applyPlan(work, row, plan);
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null);
}

/** Every reseller that sold this plan must still have what it sold. Locks them in the order of their ids. */
export async function assertPlanSellable(room: Room, em: EntityManager, planId: number): Promise<void> {
  await em.flush();
  const rows = await query<{ id: number }>(
    em,
    `select distinct reseller_tenant_id as id from plg_accounts.account
      where plan_id = ? and deleted_at is null and reseller_tenant_id is not null order by 1`,
    [planId],
  );
  for (const { id: tenantId } of rows) {
    await lockAllowance(em, tenantId);
    const reseller = await em.findOne(resellerEntity, { tenantId });
    if (reseller) await assertWithinAllowance(em, room.kit.limits.all(), reseller);
  }
}
