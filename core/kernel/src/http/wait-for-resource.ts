import { setTimeout as sleep } from 'node:timers/promises';
import { resourceStatus, type Actor, type ResourceRow } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { sql } from '../db/sql.js';
import type { PendingWait } from './answer.js';
import type { Touched } from './app-options.js';

/** Seconds of `Prefer: wait=N` (RFC 7240), at most 120; 0 when it is not asked. */
export function waitSeconds(prefer: string | undefined): number {
  const asked = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(prefer ?? '')?.[1];
  return asked ? Math.min(120, Number(asked)) : 0;
}

/**
 * Wait until a resource is what it should be, cannot become it, or is gone; and until what else the request has touched
 * was looked at.
 */
export async function waitForResource(
  kernel: Kernel,
  actor: Actor,
  { resource, touched }: PendingWait,
  seconds: number,
  signal: AbortSignal,
): Promise<'settled' | 'gone' | 'waiting'> {
  const end = Date.now() + seconds * 1000;
  const state = await settled(kernel, actor, resource, end, signal);
  const others = touched.filter(({ kind, id }) => kind !== resource.kind || id !== resource.id);
  return state === 'waiting' || (await lookedAt(kernel, others, end, signal)) ? state : 'waiting';
}

async function settled(
  kernel: Kernel,
  actor: Actor,
  resource: Touched,
  end: number,
  signal: AbortSignal,
): Promise<'settled' | 'gone' | 'waiting'> {
  const entity = kernel.registry.reconcilers.get(resource.kind)?.spec.entity;
  if (!entity) return 'settled';
  // A tenth of the time that has passed: who waits for something quick learns of it quickly.
  const begin = Date.now();
  for (;;) {
    const pause = Math.min(500, Math.max(50, (Date.now() - begin) / 10));
    const row = await kernel.db.read(
      actor.path,
      async (em) => (await em.findOne(entity, { id: resource.id } as never)) as ResourceRow | null,
    );
    if (!row) return 'gone';
    const status = resourceStatus(row);
    if (status !== 'provisioning' && status !== 'deleting') return 'settled';
    if (Date.now() + pause >= end || signal.aborted) return 'waiting';
    await sleep(pause);
  }
}

/** False when some are still due at the end. One that fails, or waits for something else, has been looked at. */
async function lookedAt(
  kernel: Kernel,
  touched: readonly Touched[],
  end: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let pause = 20; ; pause = Math.min(500, pause * 1.3)) {
    const due = await sql(
      kernel.db.systemReader(),
      `select 1 from kernel.reconcile_queue q join unnest($1::text[], $2::int[]) as t (kind, id)
         on q.kind = t.kind and q.object_id = t.id where q.due_at <= now() or q.lease is not null limit 1`,
      [touched.map(({ kind }) => kind), touched.map(({ id }) => id)],
    );
    if (due.length === 0) return true;
    if (Date.now() + pause >= end || signal.aborted) return false;
    await sleep(pause);
  }
}
