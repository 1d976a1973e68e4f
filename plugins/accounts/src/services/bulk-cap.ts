import { Conflict, query, type Actor, type EntityManager } from '@tenpanel/sdk';

const HOUR = 3_600_000;
/** A small server may lose a few accounts in an hour without that being a bulk deletion. */
const FREE = 3;

/**
 * How many accounts may still be deleted this hour: 2 % of what the caller sees, at most 20, at least 3 in an hour.
 * Holds a lock until the transaction ends, so that many requests at once cannot all pass.
 */
export async function deletionsLeft(em: EntityManager, now: number): Promise<number> {
  await em.flush();
  await query(em, "select pg_advisory_xact_lock(hashtext('tenpanel.accounts.delete'))");
  const [row] = await query<{ total: string; recent: string }>(
    em,
    `select count(*)::text as total, count(*) filter (where spec#>>'{deleted,at}' > ?)::text as recent from plg_accounts.account`,
    [new Date(now - HOUR).toISOString()],
  );
  const cap = Math.min(20, Math.max(FREE, Math.floor(Number(row?.total ?? 0) * 0.02)));
  return cap - Number(row?.recent ?? 0);
}

/** 409 `account.bulkDeletion` above the cap; an administrator goes on with `confirmBulk`. */
export async function assertMayDelete(em: EntityManager, actor: Actor, now: number, confirmBulk: boolean): Promise<void> {
  if (actor.role === 'admin' && confirmBulk) return;
  if ((await deletionsLeft(em, now)) > 0) return;
  throw new Conflict(
    'account.bulkDeletion',
    actor.role === 'admin'
      ? 'Many accounts were deleted in the last hour. If that is meant, say so with confirmBulk.'
      : 'Many accounts were deleted in the last hour. Wait, or ask the administrator to go on.',
  );
}
