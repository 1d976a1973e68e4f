import { randomUUID } from 'node:crypto';
import { failpoint } from '@tenpanel/protocol';
import type { Logger } from '@tenpanel/sdk';
import type { Outbox } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';
import { deadLease } from '../db/dead-leases.js';
import { sql } from '../db/sql.js';
import { commitOrder, scopeOf } from '../db/transaction-scope.js';
import { backOff } from './back-off.js';
import { claimDeliveries, dispatchFacts, releaseDeliveries, type Claim } from './deliveries.js';
import { Wake } from './wake.js';

export interface OutboxOptions {
  db: KernelDatabase;
  log: Logger;
  now?: () => number;
  /** Tries before a delivery is given up with its reason; default 10 (about 20 minutes). */
  attempts?: number;
  /** Deliveries under way at once; default 16. */
  concurrency?: number;
  /** Scales the waiting between tries; tests make it small. */
  backOffSeconds?: { first: number; most: number };
}

export interface KernelOutbox extends Outbox {
  /** Only in the worker: deliver until `stop`. */
  work(): Promise<void>;
  /** Finish what runs (30 s at most), then return. */
  stop(): Promise<void>;
}

type Handle = (payload: unknown, delivery: { id: string; attempt: number; topic: string }) => Promise<void>;

const CHANNEL = 'outbox';
const LEASE_SECONDS = 60;
const BATCH = 100;
/** A safety net below the notifications: what a crashed worker had leased is found again. */
const LOOK_AGAIN_MS = 15_000;
const KEEP_DAYS = 7;
const notified = Symbol('outbox notified');

/**
 * Facts are rows of the transaction that made them true. A worker splits each into one delivery a consumer; each
 * delivery is tried until its consumer returns, with growing pauses, and is put aside with the reason after the last
 * try. `topic` may be `*`. At least once: a consumer may see a delivery again after a crash, with the same id.
 */
export function createOutbox(options: OutboxOptions): KernelOutbox {
  const { db, log } = options;
  const attempts = options.attempts ?? 10;
  const concurrency = options.concurrency ?? 16;
  const waits = options.backOffSeconds ?? { first: 1, most: 300 };
  const consumers = new Map<string, { topic: string; handle: Handle }>();
  const running = new Set<Promise<void>>();
  const held = new Set<string>();
  const wake = new Wake(LOOK_AGAIN_MS);
  const lease = randomUUID();
  let loop: Promise<void> | null = null;
  let looked = 0;
  let pruneAt = 0;
  const closing: (() => Promise<void>)[] = [];

  const deliver = async (claim: Claim) => {
    const consumer = consumers.get(claim.consumer);
    try {
      if (!consumer) throw new Error(`There is no consumer ${claim.consumer}.`);
      if (claim.attempt > attempts) throw new Error('The process ended each time that this was tried.');
      await failpoint('worker.outbox.deliver.before');
      await consumer.handle(claim.payload, { id: claim.id, attempt: claim.attempt, topic: claim.topic });
      await failpoint('worker.outbox.deliver.after');
      const done = 'delete from kernel.outbox_deliveries where id = $1 and lease = $2';
      await sql(db.systemWriter(), done, [claim.id, lease]);
      await failpoint('worker.outbox.done.after');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const last = claim.attempt >= attempts;
      const seconds = backOff(claim.attempt, waits);
      log[last ? 'error' : 'warn'](
        { err: error, topic: claim.topic, consumer: claim.consumer, attempt: claim.attempt },
        last ? 'a delivery was given up' : 'a delivery failed and will be tried again',
      );
      await db.transaction('/', (em) =>
        releaseDeliveries(em, { id: claim.id, lease, poisoned: last, seconds, reason }),
      );
      if (!last) wake.in(seconds * 1_000);
    } finally {
      held.delete(claim.id);
    }
  };

  /** What dead workers held, and what a clock that was set back would have wait for too long. */
  const lookAround = async () => {
    if (performance.now() < looked) return;
    looked = performance.now() + LOOK_AGAIN_MS;
    await db.transaction('/', (em) =>
      sql(
        em,
        `update kernel.outbox_deliveries
            set leased_until = null, lease = null, due_at = least(due_at, now() + make_interval(secs => $1))
          where state = 'waiting' and (lease is not null and ${deadLease('lease')} or due_at > now() + make_interval(secs => $1))`,
        [2 * waits.most],
      ),
    );
  };

  const round = async () => {
    await lookAround();
    await failpoint('worker.outbox.dispatch.before');
    await dispatchFacts(
      db.systemWriter(),
      [...consumers].map(([name, { topic }]) => ({ name, topic })),
      BATCH,
    );
    await failpoint('worker.outbox.dispatch.after');
    const free = concurrency - running.size;
    if (free <= 0) return;
    const { claims, nextInMs } = await claimDeliveries(db.systemWriter(), {
      consumers: [...consumers.keys()],
      lease,
      seconds: LEASE_SECONDS,
      limit: free,
    });
    if (claims.length > 0) await failpoint('worker.outbox.claim.after');
    for (const claim of claims) {
      held.add(claim.id);
      const work = deliver(claim)
        .catch((error: unknown) =>
          log.error(
            { err: error, delivery: claim.id },
            'the outcome of a delivery could not be written; it will come again',
          ),
        )
        .finally(() => {
          running.delete(work);
          wake.now();
        });
      running.add(work);
    }
    if (nextInMs !== null) wake.in(nextInMs);
  };

  const keepLeases = async () => {
    if (held.size === 0) return;
    await db.transaction('/', (em) =>
      sql(
        em,
        `update kernel.outbox_deliveries set leased_until = now() + make_interval(secs => $1) where id = any($2::bigint[]) and lease = $3`,
        [LEASE_SECONDS, [...held], lease],
      ),
    );
  };

  const prune = async () => {
    const now = (options.now ?? Date.now)();
    if (now < pruneAt) return;
    pruneAt = now + 3_600_000;
    await db.transaction('/', (em) =>
      sql(
        em,
        `delete from kernel.outbox o where dispatched and at < now() - make_interval(days => $1) and not exists (select 1 from kernel.outbox_deliveries d where d.outbox_id = o.id)`,
        [KEEP_DAYS],
      ),
    );
  };

  return {
    async publish(em, topic, payload) {
      await sql(em, 'insert into kernel.outbox (topic, payload) values ($1, $2)', [
        topic,
        JSON.stringify(payload ?? null),
      ]);
      const scope = scopeOf(em);
      scope.value(notified, () => {
        scope.beforeCommit(
          commitOrder.wake,
          async (inner) => void (await sql(inner, `select pg_notify('${CHANNEL}', '')`)),
        );
        return true;
      });
    },

    consume(topic, consumer, handle) {
      if (loop) throw new Error(`Register the consumer ${consumer} before the worker starts.`);
      if (consumers.has(consumer)) throw new Error(`There are two consumers named ${consumer}.`);
      consumers.set(consumer, { topic, handle });
    },

    async work() {
      if (loop) return;
      const unlisten = await db.listen(
        CHANNEL,
        () => wake.now(),
        () => wake.now(),
      );
      const keeping = setInterval(
        () =>
          void keepLeases().catch((error: unknown) =>
            log.warn({ err: error }, 'leases of deliveries could not be kept'),
          ),
        (LEASE_SECONDS * 1_000) / 3,
      );
      closing.push(unlisten, async () => clearInterval(keeping));
      await db.holdLease(lease);
      loop = wake.loop(
        async () => {
          await round();
          await prune();
        },
        (error) => log.error({ err: error }, 'the outbox could not be read'),
      );
      wake.now();
    },

    async stop() {
      wake.stop();
      await loop;
      await Promise.race([
        Promise.allSettled(running),
        new Promise((resolve) => setTimeout(resolve, 30_000).unref()),
      ]);
      for (const close of closing.splice(0)) await close();
    },
  };
}
