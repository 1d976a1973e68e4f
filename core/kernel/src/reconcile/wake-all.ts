import type { EntityManager } from '@mikro-orm/core';
import type { Registry } from '../contracts.js';
import { sql } from '../db/sql.js';
import { resourceKind } from '../desired/resource-kind.js';
import { RECONCILE_CHANNEL } from './wake-objects.js';

/**
 * Have every object of every kind compared with the server, and made so where it is not. They are looked at after
 * those that somebody waits for. Answers how many.
 */
export async function wakeAll(em: EntityManager, registry: Pick<Registry, 'reconcilers'>): Promise<number> {
  let objects = 0;
  for (const kind of registry.reconcilers.keys()) {
    const { table } = resourceKind(registry, em, kind);
    const [row] = await sql<{ count: number }>(
      em,
      `with woken as (
         insert into kernel.reconcile_queue (kind, object_id, due_at) select $1, id, now() from ${table} order by id
         on conflict (kind, object_id) do update
           set due_at = least(reconcile_queue.due_at, now()), wake = reconcile_queue.wake + 1
         returning 1
       ) select count(*)::int as count from woken`,
      [kind],
    );
    objects += row?.count ?? 0;
  }
  await sql(em, `select pg_notify('${RECONCILE_CHANNEL}', '')`);
  return objects;
}

/** How many objects are due or being worked on, and how many of all have failed and will be tried again. */
export async function queueState(em: EntityManager): Promise<{ waiting: number; failing: number }> {
  const [row] = await sql<{ waiting: number; failing: number }>(
    em,
    `select count(*) filter (where due_at <= now() or lease is not null)::int as waiting,
            count(*) filter (where attempt > 0)::int as failing from kernel.reconcile_queue`,
  );
  return row ?? { waiting: 0, failing: 0 };
}
