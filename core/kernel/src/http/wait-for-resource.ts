import { setTimeout as sleep } from 'node:timers/promises';
import { resourceStatus, type Actor, type ResourceRow } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';

/** Seconds of `Prefer: wait=N` (RFC 7240), at most 120; 0 when it is not asked. */
export function waitSeconds(prefer: string | undefined): number {
  const asked = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(prefer ?? '')?.[1];
  return asked ? Math.min(120, Number(asked)) : 0;
}

/** Wait until a resource is what it should be, cannot become it, or is gone. */
export async function waitForResource(
  kernel: Kernel,
  actor: Actor,
  resource: { kind: string; id: number },
  seconds: number,
  signal: AbortSignal,
): Promise<'settled' | 'gone' | 'waiting'> {
  const entity = kernel.registry.reconcilers.get(resource.kind)?.spec.entity;
  if (!entity) return 'settled';
  const end = Date.now() + seconds * 1000;
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
