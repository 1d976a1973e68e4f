import type { EntityManager } from '@mikro-orm/core';
import { sql } from '../db/sql.js';
import { commitOrder, scopeOf } from '../db/transaction-scope.js';

export const RECONCILE_CHANNEL = 'reconcile';
/**
 * When an object is due that somebody waits for: before all that is only looked at again. Who changes a site does not
 * wait for ten thousand others that are being compared.
 */
export const AHEAD = `now() - interval '1 day'`;
const waking = Symbol('objects to wake');

/**
 * Have the reconciler look at these objects as soon as this transaction is committed. They are written right before
 * the commit, all at once and in one order, so that transactions do not block each other over the queue.
 */
export function wakeObjects(em: EntityManager, kind: string, ids: readonly number[]): void {
  const scope = scopeOf(em);
  const objects = scope.value(waking, () => {
    scope.beforeCommit(commitOrder.wake, async (inner) => {
      const pairs = [...objects].sort().map((key) => key.split('/') as [string, string]);
      await sql(
        inner,
        `insert into kernel.reconcile_queue (kind, object_id, due_at)
         select kind, id, ${AHEAD} from unnest($1::text[], $2::int[]) as w (kind, id) order by kind, id
         on conflict (kind, object_id) do update
           set due_at = least(reconcile_queue.due_at, ${AHEAD}), wake = reconcile_queue.wake + 1, attempt = 0`,
        [pairs.map(([name]) => name), pairs.map(([, id]) => Number(id))],
      );
      await sql(inner, `select pg_notify('${RECONCILE_CHANNEL}', '')`);
    });
    return new Set<string>();
  });
  for (const id of ids) objects.add(`${kind}/${id}`);
}
