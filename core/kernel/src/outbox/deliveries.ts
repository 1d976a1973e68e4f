import type { EntityManager } from '@mikro-orm/core';
import { sql } from '../db/sql.js';

export interface Claim {
  id: string;
  topic: string;
  consumer: string;
  payload: unknown;
  attempt: number;
}

/** Make one delivery a consumer of every fact that has none yet. Other workers' facts are skipped, not waited for. */
export async function dispatchFacts(
  em: EntityManager,
  consumers: { name: string; topic: string }[],
  limit: number,
): Promise<void> {
  await sql(
    em,
    `with facts as (
       select id, topic from kernel.outbox where not dispatched order by id limit $1 for update skip locked
     ), made as (
       insert into kernel.outbox_deliveries (outbox_id, consumer)
       select facts.id, c.name from facts
       join unnest($2::text[], $3::text[]) as c (name, topic) on c.topic = facts.topic or c.topic = '*'
       on conflict do nothing
     )
     update kernel.outbox o set dispatched = true from facts where o.id = facts.id`,
    [limit, consumers.map((c) => c.name), consumers.map((c) => c.topic)],
  );
}

/** Take deliveries that are due. The lease ends by itself, so that a crash of the worker only delays them. */
export async function claimDeliveries(
  em: EntityManager,
  options: { consumers: string[]; lease: string; seconds: number; limit: number },
): Promise<{ claims: Claim[]; nextInMs: number | null }> {
  const claims = await sql<Claim>(
    em,
    `with due as (
       select id from kernel.outbox_deliveries
        where state = 'waiting' and due_at <= now() and (leased_until is null or leased_until < now()) and consumer = any($1::text[])
        order by due_at, id limit $2 for update skip locked
     )
     update kernel.outbox_deliveries d
        set attempt = d.attempt + 1, leased_until = now() + make_interval(secs => $3), lease = $4
       from due, kernel.outbox o where d.id = due.id and o.id = d.outbox_id
     returning d.id, o.topic, d.consumer, o.payload, d.attempt`,
    [options.consumers, options.limit, options.seconds, options.lease],
  );
  claims.sort((a, b) => Number(a.id) - Number(b.id));
  if (claims.length === options.limit) return { claims, nextInMs: 0 };
  const [next] = await sql<{ ms: string | null }>(
    em,
    `select extract(epoch from min(due_at) - now()) * 1000 as ms from kernel.outbox_deliveries
      where state = 'waiting' and consumer = any($1::text[]) and due_at > now()`,
    [options.consumers],
  );
  return { claims, nextInMs: next?.ms == null ? null : Number(next.ms) };
}

export async function releaseDeliveries(
  em: EntityManager,
  release: { id: string; lease: string; poisoned: boolean; seconds: number; reason: string },
): Promise<void> {
  await sql(
    em,
    `update kernel.outbox_deliveries
        set state = $3, due_at = now() + make_interval(secs => $4), leased_until = null, lease = null, reason = left($5, 4000)
      where id = $1 and lease = $2`,
    [release.id, release.lease, release.poisoned ? 'poisoned' : 'waiting', release.seconds, release.reason],
  );
}

export interface PoisonedDelivery {
  id: string;
  topic: string;
  consumer: string;
  attempt: number;
  reason: string;
  at: string;
}

/** Deliveries that were given up, newest first, for `doctor`. */
export async function poisonedDeliveries(em: EntityManager, limit = 100): Promise<PoisonedDelivery[]> {
  return sql<PoisonedDelivery>(
    em,
    `select d.id, o.topic, d.consumer, d.attempt, d.reason, o.at from kernel.outbox_deliveries d join kernel.outbox o on o.id = d.outbox_id
      where d.state = 'poisoned' order by d.id desc limit $1`,
    [limit],
  );
}

/** Try what was given up once more, from the first attempt. @returns how many */
export async function retryPoisoned(em: EntityManager): Promise<number> {
  const rows = await sql(
    em,
    `update kernel.outbox_deliveries set state = 'waiting', attempt = 0, due_at = now() where state = 'poisoned' returning id`,
  );
  await sql(em, `select pg_notify('outbox', '')`);
  return rows.length;
}
