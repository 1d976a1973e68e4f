import { randomUUID } from 'node:crypto';
import { failpoint } from '@tenpanel/protocol';
import { resourceStatus, type AgentCall, type Logger, type ResourceRow } from '@tenpanel/sdk';
import type { AuditLog, Registry } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';
import { rememberReads } from '../db/read-once.js';
import { resourceKind, type ResourceKind } from '../desired/resource-kind.js';
import { systemActor } from '../hooks/system-actor.js';
import { timeLimit } from '../hooks/time-limit.js';
import { backOff } from '../outbox/back-off.js';
import { Wake } from '../outbox/wake.js';
import { failed, ready, waiting, withSince } from './conditions.js';
import { convergeObject, removeObject, type ObjectWork, type Outcome } from './reconcile-object.js';
import {
  claimObjects,
  dropDeadLeases,
  dropLeases,
  forgetObject,
  keepLeases,
  pullForward,
  queueMissing,
  releaseObject,
  type QueuedObject,
} from './reconcile-queue.js';
import { RECONCILE_CHANNEL } from './wake-objects.js';
import { catchUp, deleteRow, writeStatus } from './write-outcome.js';

export interface ReconcilerOptions {
  db: KernelDatabase;
  registry: Pick<Registry, 'reconcilers'>;
  /** The agent as the plugin `owner` may call it. */
  agentFor: (owner: string) => AgentCall;
  audit: AuditLog;
  log: Logger;
  now?: () => number;
  /** Objects worked on at once, so that the agent can commit them as a group; default 256. */
  concurrency?: number;
  /** Pauses after failures; default 1 s to 5 min. */
  backOffSeconds?: { first: number; most: number };
}

/** The worker that makes rows real. */
export interface Reconciler {
  work(): Promise<void>;
  /** Finish what runs (30 s at most), then return. */
  stop(): Promise<void>;
}

const LEASE_SECONDS = 60;
const OBJECT_LIMIT_MS = 600_000;
const LOOK_AGAIN_MS = 15_000;
const WAIT_SECONDS = 5;
const RESYNC_SECONDS = 3_600;

/**
 * Level-driven: it is told that an object is due, reads the row as it is, and makes the server so. Nothing here looks
 * at all rows; an object that is due is found by an index, and costs the same beside ten or ten thousand others.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { db, registry, log } = options;
  const concurrency = options.concurrency ?? 256;
  const waits = options.backOffSeconds ?? { first: 1, most: 300 };
  const lease = randomUUID();
  const wake = new Wake(LOOK_AGAIN_MS);
  const running = new Map<Promise<void>, QueuedObject>();
  /** After an error of the database nobody knows what is leased to us: it is sorted out before the next round. */
  let unsure = false;
  let looked = 0;
  const closing: (() => Promise<void>)[] = [];
  let loop: Promise<void> | null = null;

  const stamp = () => new Date((options.now ?? Date.now)()).toISOString();

  const process = async (object: QueuedObject) => {
    const kind = resourceKind(registry, db.orm.em, object.kind);
    const em = db.systemReader();
    const row = (await em.findOne(
      kind.spec.entity as never,
      { id: object.id } as never,
    )) as ResourceRow | null;
    if (!row) {
      await db.transaction('/', (inner) => forgetObject(inner, object));
      return;
    }
    const work: ObjectWork = { db, em, agent: options.agentFor(kind.owner), log, kind, object, row };
    try {
      const tooLate = () =>
        new Error(`The plugin ${kind.owner} took longer than 10 minutes over ${object.kind}/${object.id}.`);
      const outcome = await timeLimit(
        row.deletedAt ? removeObject(work) : convergeObject(work),
        OBJECT_LIMIT_MS,
        tooLate,
      );
      await failpoint('worker.reconcile.write.before');
      await settle(kind, object, row, outcome);
      await failpoint('worker.reconcile.write.after');
    } catch (error) {
      await fail(kind, object, row, error);
    }
  };

  const settle = (kind: ResourceKind, object: QueuedObject, row: ResourceRow, outcome: Outcome) =>
    db.transaction('/', async (em) => {
      await write(em, kind, object, row, outcome);
      await failpoint('worker.reconcile.write.inside');
    });

  const write = async (
    em: Parameters<AuditLog['write']>[0],
    kind: ResourceKind,
    object: QueuedObject,
    row: ResourceRow,
    outcome: Outcome,
  ) => {
    const extra = row.conditions.filter(({ type }) => type !== 'Ready' && type !== 'Waiting');
    const wait = async (message: string, seconds: number) => {
      // Not a failure: an earlier one is forgotten, an earlier success still stands.
      const success = row.conditions.filter(({ type, status }) => type === 'Ready' && status === 'true');
      await writeStatus(em, kind, row, {
        conditions: withSince([...success, ...extra, waiting(message)], row.conditions, stamp()),
        observed: false,
      });
      await releaseObject(em, object, { seconds, attempt: 0 });
    };
    if (outcome.is === 'waiting')
      return wait(outcome.waiting.waiting, outcome.waiting.retryAfter ?? WAIT_SECONDS);
    if (outcome.is === 'removed') {
      const result = await deleteRow(em, kind, row);
      if (result === 'used') return wait('Other objects still refer to this one.', WAIT_SECONDS);
      if (result === 'stale') return releaseObject(em, object, { seconds: 0, attempt: 0 });
      await note(em, kind, row, 'ok', 'removed');
      return forgetObject(em, object);
    }
    const fresh = await writeStatus(em, kind, row, {
      conditions: withSince([ready(), ...outcome.conditions], row.conditions, stamp()),
      observed: true,
    });
    if (fresh && row.observedGeneration < row.generation)
      await note(em, kind, row, 'ok', `generation ${row.generation} applied`);
    const resync = kind.spec.resyncSeconds ?? RESYNC_SECONDS;
    // Spread, so that rows made together do not come back together.
    return releaseObject(em, object, {
      seconds: fresh ? resync * (0.9 + Math.random() * 0.2) : 0,
      attempt: 0,
      applied: outcome.applied,
    });
  };

  const fail = (kind: ResourceKind, object: QueuedObject, row: ResourceRow, error: unknown) => {
    const attempt = object.attempt + 1;
    const committed = committedGeneration(error);
    if (committed !== null && committed > row.generation) {
      log.warn({ kind: object.kind, id: object.id, committed }, 'the server is ahead of the database');
      return db.transaction('/', async (em) => {
        await catchUp(em, kind, row, committed);
        await releaseObject(em, object, { seconds: 0, attempt });
      });
    }
    const away = (error as { code?: unknown }).code === 'agent.unavailable';
    const seconds = backOff(attempt, away ? { ...waits, most: Math.min(waits.most, 15) } : waits);
    log[away ? 'warn' : 'error'](
      { err: error, kind: object.kind, id: object.id, attempt, seconds },
      'an object could not be applied and will be tried again',
    );
    return db.transaction('/', async (em) => {
      const others = row.conditions.filter(({ type }) => type !== 'Ready' && type !== 'Waiting');
      const condition = failed(error, kind.owner);
      await writeStatus(em, kind, row, {
        conditions: withSince([condition, ...others], row.conditions, stamp()),
        observed: false,
      });
      if (attempt === 1 && !away) await note(em, kind, row, 'failed', condition.message);
      await releaseObject(em, object, { seconds, attempt });
    });
  };

  /** The request's audit row was the intent; this is its outcome, once a generation. */
  const note = (
    em: Parameters<AuditLog['write']>[0],
    kind: ResourceKind,
    row: ResourceRow,
    outcome: 'ok' | 'failed',
    summary: string,
  ) =>
    options.audit.write(em, {
      actor: { ...systemActor(kind.owner), tenantId: row.tenantId },
      action: 'reconcile',
      object: `${kind.kind}/${row.id}`,
      summary,
      details: { generation: row.generation, status: resourceStatus(row) },
      outcome,
    });

  /** What only an accident leaves behind: leases of the dead, leases that we forgot, times of a clock set back. */
  const lookAround = async () => {
    if (unsure) {
      await db.transaction('/', (em) => dropLeases(em, lease, running.values()));
      unsure = false;
    }
    if (performance.now() < looked) return;
    looked = performance.now() + LOOK_AGAIN_MS;
    await db.transaction('/', async (em) => {
      await dropDeadLeases(em);
      for (const [kind, { spec }] of registry.reconcilers)
        await pullForward(em, kind, 2 * Math.max(spec.resyncSeconds ?? RESYNC_SECONDS, RESYNC_SECONDS));
    });
  };

  const round = async () => {
    await lookAround();
    const counts = new Map<string, number>();
    for (const { kind } of running.values()) {
      const owner = registry.reconcilers.get(kind)?.owner ?? '';
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const free = concurrency - running.size;
    // One plugin that hangs may hold half of the places, not all.
    const kinds = [...registry.reconcilers]
      .filter(([, { owner }]) => (counts.get(owner) ?? 0) < Math.max(1, concurrency / 2))
      .map(([kind]) => kind);
    if (free <= 0 || kinds.length === 0) return;
    await failpoint('worker.reconcile.claim.before');
    const { objects, nextInMs } = await claimObjects(db.systemWriter(), {
      kinds,
      lease,
      seconds: LEASE_SECONDS,
      limit: Math.min(free, Math.max(1, concurrency / 2)),
    });
    if (objects.length > 0) await failpoint('worker.reconcile.claim.after');
    for (const object of objects) {
      const work = rememberReads(() => process(object))
        .catch((error: unknown) => {
          unsure = true;
          log.error(
            { err: error, kind: object.kind, id: object.id },
            'the outcome of an object could not be written; it will be looked at again',
          );
        })
        .finally(() => {
          running.delete(work);
          wake.now();
        });
      running.set(work, object);
    }
    if (nextInMs !== null) wake.in(nextInMs);
  };

  return {
    async work() {
      if (loop) return;
      for (const kind of registry.reconcilers.keys()) {
        const known = resourceKind(registry, db.orm.em, kind);
        await db.transaction('/', (em) =>
          queueMissing(em, kind, known.table, known.spec.resyncSeconds ?? RESYNC_SECONDS),
        );
      }
      const unlisten = await db.listen(
        RECONCILE_CHANNEL,
        () => wake.now(),
        () => wake.now(),
      );
      const keeping = setInterval(
        () => {
          if (running.size === 0) return;
          void db
            .transaction('/', (em) => keepLeases(em, lease, LEASE_SECONDS, running.values()))
            .catch((error: unknown) => log.warn({ err: error }, 'leases of objects could not be kept'));
        },
        (LEASE_SECONDS * 1_000) / 3,
      );
      closing.push(unlisten, async () => clearInterval(keeping));
      await db.holdLease(lease);
      loop = wake.loop(round, (error) => {
        unsure = true;
        log.error({ err: error }, 'the queue of objects could not be read');
      });
      wake.now();
    },
    async stop() {
      wake.stop();
      await loop;
      await Promise.race([
        Promise.allSettled(running.keys()),
        new Promise((resolve) => setTimeout(resolve, 30_000).unref()),
      ]);
      for (const close of closing.splice(0)) await close();
      if (loop) await db.transaction('/', (em) => dropLeases(em, lease));
    },
  };
}

function committedGeneration(error: unknown): number | null {
  const { code, details } = error as { code?: unknown; details?: { committed?: unknown } };
  return code === 'agent.stale' && typeof details?.committed === 'number' ? details.committed : null;
}
