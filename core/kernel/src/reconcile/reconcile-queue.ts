import type { EntityManager } from '@mikro-orm/core';
import { deadLease } from '../db/dead-leases.js';
import { sql } from '../db/sql.js';
import { AHEAD } from './wake-objects.js';

export interface ServiceKey {
  service: string;
  instance?: string;
}

export interface QueuedObject {
  kind: string;
  id: number;
  /** Counts wake-ups; when it has moved on at the end, the object is due again at once. */
  wake: string;
  attempt: number;
  /** Services that may hold files of the object. */
  applied: ServiceKey[];
  /** An administrator wants files that were edited by hand put back, once. */
  overwrite: boolean;
  lease: string;
}

/**
 * Take objects that are due, those of each kind by their own index. An object is in one hand at a time: the lease of a
 * worker that died ends by itself.
 */
export async function claimObjects(
  em: EntityManager,
  options: { kinds: string[]; lease: string; seconds: number; limit: number },
): Promise<{ objects: QueuedObject[]; nextInMs: number | null }> {
  const objects = await sql<QueuedObject>(
    em,
    `with due as (
       select d.kind, d.object_id from unnest($1::text[]) as k (kind)
       cross join lateral (
         select q.kind, q.object_id, q.due_at from kernel.reconcile_queue q
          where q.kind = k.kind and q.due_at <= now() and (q.leased_until is null or q.leased_until < now())
          order by q.due_at limit $2 for update skip locked
       ) d
       order by d.due_at limit $2
     )
     update kernel.reconcile_queue q set leased_until = now() + make_interval(secs => $3), lease = $4
       from due where q.kind = due.kind and q.object_id = due.object_id
     returning q.kind, q.object_id as id, q.wake, q.attempt, q.applied, q.overwrite, q.lease`,
    [options.kinds, options.limit, options.seconds, options.lease],
  );
  const [next] = await sql<{ ms: string | null }>(
    em,
    `select extract(epoch from min(n.due_at) - now()) * 1000 as ms from unnest($1::text[]) as k (kind)
       cross join lateral (select due_at from kernel.reconcile_queue q where q.kind = k.kind and q.due_at > now() order by due_at limit 1) n`,
    [options.kinds],
  );
  return { objects, nextInMs: next?.ms == null ? null : Number(next.ms) };
}

/** Give the object back, due in `seconds`, or at once when it was woken meanwhile. */
export async function releaseObject(
  em: EntityManager,
  object: QueuedObject,
  next: { seconds: number; attempt: number; applied?: ServiceKey[] },
): Promise<void> {
  await sql(
    em,
    `update kernel.reconcile_queue
        set leased_until = null, lease = null, applied = coalesce($7, applied),
            overwrite = overwrite and wake <> $4,
            attempt = case when wake = $4 then $6::int else 0 end,
            due_at = case when wake = $4 then now() + make_interval(secs => $5) else ${AHEAD} end
      where kind = $1 and object_id = $2 and lease = $3`,
    [
      object.kind,
      object.id,
      object.lease,
      object.wake,
      next.seconds,
      next.attempt,
      next.applied ? JSON.stringify(next.applied) : null,
    ],
  );
}

/** Write down where files may be, before they are: a crash in between must not lose them. */
export async function rememberServices(
  em: EntityManager,
  object: QueuedObject,
  applied: ServiceKey[],
): Promise<void> {
  await sql(
    em,
    'update kernel.reconcile_queue set applied = $4 where kind = $1 and object_id = $2 and lease = $3',
    [object.kind, object.id, object.lease, JSON.stringify(applied)],
  );
}

export async function forgetObject(em: EntityManager, object: QueuedObject): Promise<void> {
  await sql(em, 'delete from kernel.reconcile_queue where kind = $1 and object_id = $2 and lease = $3', [
    object.kind,
    object.id,
    object.lease,
  ]);
}

/** Only of what is in hand: an object whose outcome could not be written must become free again. */
export async function keepLeases(
  em: EntityManager,
  lease: string,
  seconds: number,
  inHand: Iterable<QueuedObject>,
): Promise<void> {
  const objects = [...inHand];
  await sql(
    em,
    `update kernel.reconcile_queue q set leased_until = now() + make_interval(secs => $2)
       from unnest($3::text[], $4::int[]) as h (kind, id)
      where q.lease = $1 and q.kind = h.kind and q.object_id = h.id`,
    [lease, seconds, objects.map(({ kind }) => kind), objects.map(({ id }) => id)],
  );
}

/** Let go of everything under this lease but of what is in hand. */
export async function dropLeases(
  em: EntityManager,
  lease: string,
  inHand: Iterable<QueuedObject> = [],
): Promise<void> {
  const objects = [...inHand];
  await sql(
    em,
    `update kernel.reconcile_queue q set leased_until = null, lease = null
      where q.lease = $1 and not exists (
        select 1 from unnest($2::text[], $3::int[]) as h (kind, id) where h.kind = q.kind and h.id = q.object_id)`,
    [lease, objects.map(({ kind }) => kind), objects.map(({ id }) => id)],
  );
}

/** Take what workers held that are dead, so that nothing waits for the end of their leases. */
export async function dropDeadLeases(em: EntityManager): Promise<void> {
  await sql(
    em,
    `update kernel.reconcile_queue set leased_until = null, lease = null where lease is not null and ${deadLease('lease')}`,
  );
}

/** A clock that was set back would have objects wait until it has come to where it was. */
export async function pullForward(em: EntityManager, kind: string, seconds: number): Promise<void> {
  await sql(
    em,
    `update kernel.reconcile_queue set due_at = now() where kind = $1 and due_at > now() + make_interval(secs => $2)`,
    [kind, seconds],
  );
}

/** Rows without a place in the queue (after a restore) get one, spread over the resync time. One look at each table, at start. */
export async function queueMissing(
  em: EntityManager,
  kind: string,
  table: string,
  resyncSeconds: number,
): Promise<void> {
  await sql(
    em,
    `insert into kernel.reconcile_queue (kind, object_id, due_at)
     select $1, t.id, now() + case when t.observed_generation < t.generation or t.deleted_at is not null then interval '0' else random() * make_interval(secs => $2) end
       from ${table} t where not exists (select 1 from kernel.reconcile_queue q where q.kind = $1 and q.object_id = t.id)
     on conflict do nothing`,
    [kind, resyncSeconds],
  );
}
