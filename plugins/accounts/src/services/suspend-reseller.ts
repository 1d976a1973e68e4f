import { manyForChange, query, type EntityManager } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import { resellerEntity } from '../entities/reseller.js';
import { BATCH } from './apply-plan.js';
import type { Room, Work } from './room.js';
import { resumeAccount, suspendAccount } from './suspend-account.js';

/** The tenants of this reseller and of all resellers below it. */
async function resellerTree(em: EntityManager, tenantId: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    em,
    `with recursive tree as (
       select tenant_id from plg_accounts.reseller where tenant_id = ?
       union select r.tenant_id from plg_accounts.reseller r join tree on r.parent_tenant_id = tree.tenant_id
     ) select tenant_id as id from tree order by 1`,
    [tenantId],
  );
  return rows.map((row) => row.id);
}

/**
 * Bring the reseller's state to one batch of the accounts below it; null when there are no more. Accounts that were
 * suspended for a reason of their own stay so when the reseller is resumed.
 */
export async function followReseller(
  room: Room,
  work: Work,
  tenantId: number,
  afterId: number,
): Promise<number | null> {
  const reseller = await work.em.findOne(resellerEntity, { tenantId });
  if (!reseller) return null;
  const cause = `reseller/${tenantId}`;
  const where = {
    resellerTenantId: { $in: await resellerTree(work.em, tenantId) },
    state: { $ne: 'deleted' },
    deletedAt: null,
    id: { $gt: afterId },
  };
  const rows = await manyForChange<Account>(work.em, accountEntity, where, BATCH);
  for (const row of rows) {
    if (reseller.suspended && !row.spec.suspended)
      await suspendAccount(room, work, row, reseller.suspended.reason, cause);
    if (!reseller.suspended && row.spec.suspended?.cause === cause) await resumeAccount(room, work, row);
  }
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null);
}
