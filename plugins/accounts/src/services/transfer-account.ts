import { Conflict, manyForChange, NotFound, type EntityManager, type TenantFacts } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import { planEntity, type Plan } from '../entities/plan.js';
import { accountFacts } from './account-facts.js';
import { assertWithinAllowance, lockAllowance, resellerOf } from './allowance.js';
import { applyPlan } from './apply-plan.js';
import { settleOwnerLogin } from './owner-login.js';
import { planFits, planFor } from './plan-fit.js';
import type { Room, Work } from './room.js';

/**
 * To a client: this account changes its owner. To a reseller or the provider: the client moves there as a whole, with
 * its users and all its accounts; an account that its reseller owns itself just changes hands.
 * Answers with the accounts that moved.
 */
export async function transferAccount(
  room: Room,
  work: Work,
  row: Account,
  targetId: number,
  planId: number | undefined,
): Promise<Account[]> {
  const { em } = work;
  const target = await room.identity.tenant(em, targetId);
  const owner = await room.identity.tenant(em, row.tenantId);
  if (!target || !owner) throw new NotFound('tenant');
  const plan = planId === undefined ? null : await planFor(room, em, planId, target);
  if (
    target.id === owner.id ||
    (owner.kind === 'client' && target.kind !== 'client' && owner.parentId === target.id)
  )
    return [];
  const wholeClient = owner.kind === 'client' && target.kind !== 'client';
  const receiver = await resellerOf(em, target);
  if (receiver) await lockAllowance(em, receiver.tenantId);
  const rows = await manyForChange<Account>(
    em,
    accountEntity,
    wholeClient ? { tenantId: owner.id, deletedAt: null } : { id: row.id, tenantId: owner.id },
  );
  for (const each of rows) if (!plan) await assertPlanStays(room, em, each, target);
  if (wholeClient) await room.identity.moveTenant(em, owner.id, target.id);
  const tenantId = wholeClient ? owner.id : target.id;
  for (const each of rows) await moveOne(work, each, tenantId, receiver?.tenantId ?? null, plan);
  await em.flush();
  if (receiver) await assertWithinAllowance(em, room.kit.limits.all(), receiver);
  // A client who gives its last account away is not locked out for that.
  if ((await em.count(accountEntity, { tenantId: owner.id, deletedAt: null })) > 0)
    await settleOwnerLogin(room, em, owner.id);
  if (tenantId !== owner.id) await settleOwnerLogin(room, em, tenantId);
  return rows;
}

/** A plan of the former reseller cannot come along: its changes would reach an account that is no longer there. */
async function assertPlanStays(
  room: Room,
  em: EntityManager,
  row: Account,
  target: TenantFacts,
): Promise<void> {
  const plan = await em.findOne(planEntity, { id: row.planId });
  // One that is not visible belongs to somebody above the caller, and so above both owners.
  if (!plan || (await planFits(room, em, plan, target))) return;
  throw new Conflict(
    'account.planStays',
    `The plan ${plan.name} of ${row.name} stays with its reseller. Name a plan of the new one in the field plan.`,
    { plan: plan.name, name: row.name },
  );
}

async function moveOne(
  work: Work,
  row: Account,
  tenantId: number,
  resellerTenantId: number | null,
  plan: Plan | null,
): Promise<void> {
  await work.hooks.run('account.transfer', { accountId: row.id, tenantId }, async () => {
    row.tenantId = tenantId;
    const saved = await work.desired.update<Account>('account', row, { ...row.spec }, { resellerTenantId });
    return { subject: accountFacts(saved), fact: { accountId: row.id, tenantId } };
  });
  if (plan) await applyPlan(work, row, plan);
}
