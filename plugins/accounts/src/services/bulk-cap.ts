import { Conflict, query, type Actor, type EntityManager } from '@tenpanel/sdk';

const HOUR = 3_600_000;
/** A small server may lose a few accounts in an hour without that being a bulk deletion. */
const FREE = 3;

/**
 * How many accounts may still be deleted this hour: 2 % of what the caller sees, at most 20, at least 3 in an hour.
 * Holds a lock until the transaction ends, so that many requests at once cannot all pass.
 */
async function deletionsLeft(em: EntityManager, now: number): Promise<number> {
  await em.flush();
  await query(em, "select pg_advisory_xact_lock(hashtext('tenpanel.accounts.delete'))");
  const [row] = await query<{ total: string; recent: string }>(
    em,
    `select (select count(*) from plg_accounts.account)::text as total,
            (select count(*) from plg_accounts.deletion where at > ?)::text as recent`,
    [new Date(now - HOUR)],
  );
  const cap = Math.min(20, Math.max(FREE, Math.floor(Number(row?.total ?? 0) * 0.02)));
  return cap - Number(row?.recent ?? 0);
}

/** Kept apart from the account, which may be gone a moment later. */
export async function noteDeletion(
  em: EntityManager,
  account: { tenantId: number; name: string },
  now: number,
): Promise<void> {
  await query(em, 'insert into plg_accounts.deletion (tenant_id, name, at) values (?, ?, ?)', [
    account.tenantId,
    account.name,
    new Date(now),
  ]);
}

/** Only the last hour counts. */
export async function forgetDeletions(em: EntityManager, now: number): Promise<void> {
  await query(em, 'delete from plg_accounts.deletion where at < ?', [new Date(now - 24 * HOUR)]);
}

/** 409 `account.bulkDeletion` above the cap; an administrator goes on with `confirmBulk`. */
export async function assertMayDelete(
  em: EntityManager,
  actor: Actor,
  now: number,
  confirmBulk: boolean,
): Promise<void> {
  if (actor.role === 'admin' && confirmBulk) return;
  if ((await deletionsLeft(em, now)) > 0) return;
  throw new Conflict(
    'account.bulkDeletion',
    actor.role === 'admin'
      ? 'Many accounts were deleted in the last hour. If that is meant, say so with confirmBulk.'
      : 'Many accounts were deleted in the last hour. Wait, or ask the administrator to go on.',
  );
}
