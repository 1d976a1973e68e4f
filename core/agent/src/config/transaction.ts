import { AgentError, failpoint, type ServiceStatus } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { reloadService } from '../services/reload-service.js';
import { batchWrites } from './batch-writes.js';
import type { ConfigContext } from './config-context.js';
import { forEachLimited, putBack, putInPlace, type FileWrite } from './file-write.js';
import { beginJournal, type JournalEntry, type OpenJournal } from './journal.js';
import type { PreviousFile } from './ledger.js';
import type { Manifest } from './manifest.js';
import { sha256, type ChangePlan } from './plan-change.js';
import { awaitAnswer, awaitGeneration } from './probe.js';
import { runValidators } from './validate-batch.js';

/**
 * Journal, write, reload, probe, commit. When anything of it fails, every file is put back, the service is reloaded
 * once more, and the failure is thrown. Returns the number of the batch.
 */
export async function transact(
  items: readonly ChangePlan[],
  target: ServiceTarget,
  context: ConfigContext,
): Promise<number> {
  const batch = context.nextBatch();
  const writes = await batchWrites(items, target, batch, context);
  const manifests = items.map((item) => ({ manifest: manifestOf(item, batch), previous: previousOf(item) }));
  await failpoint('agent.config.journal.before');
  const journal = await beginJournal(context.state, journalEntry(batch, target, writes, manifests));
  let reloaded = false;
  try {
    await failpoint('agent.config.journal.after');
    await putInPlace(writes, context.paths);
    if (!context.paths.simulated) {
      if (!context.sandboxed) await runValidators(target, batch);
      reloaded = await takeOver(target, batch, context);
    }
    await failpoint('agent.config.commit.before');
    await journal.commit();
  } catch (error) {
    const reload = reloaded || isServiceFault(error);
    await finishOrKeep(target, context, () => restore(writes, journal, reload, { target, batch, context }));
    throw error;
  }
  await failpoint('agent.config.commit.after');
  // The batch counts from here on: what does not work any more is finished later, from the journal.
  await finishOrKeep(target, context, async () => {
    await forEachLimited(manifests, async ({ manifest, previous }) => {
      await failpoint('agent.config.ledger.before');
      await context.ledger.put(manifest, previous);
      await failpoint('agent.config.ledger.after');
    });
    await failpoint('agent.config.end.before');
    await journal.remove();
    await failpoint('agent.config.end.after');
  });
  return batch;
}

async function finishOrKeep(
  target: ServiceTarget,
  context: ConfigContext,
  finish: () => Promise<void>,
): Promise<void> {
  await finish().catch((error: Error) => {
    context.note('config.unfinished', { service: target.id, reason: error.message });
    context.unfinished.add(target.id, finish);
  });
}

/** Everything as it was; may be called again when it failed half way. */
async function restore(
  writes: FileWrite[],
  journal: OpenJournal,
  reload: boolean,
  { target, batch, context }: { target: ServiceTarget; batch: number; context: ConfigContext },
): Promise<void> {
  await journal.withdraw();
  await failpoint('agent.config.restore.before');
  await putBack(writes, context.paths);
  await failpoint('agent.config.restore.after');
  if (reload) {
    try {
      if (await reloadOrStart(target, batch, context)) await awaitAnswer(target, context.services);
    } catch (again) {
      const reason = again instanceof Error ? again.message : String(again);
      context.note('config.restoreReloadFailed', { service: target.id, reason });
    }
  }
  await journal.remove();
}

/** Reload and probe, unless the service is meant to be asleep: then its files are read when it starts. */
async function takeOver(target: ServiceTarget, batch: number, context: ConfigContext): Promise<boolean> {
  await failpoint('agent.config.reload.before');
  const took = await reloadOrStart(target, batch, context);
  await failpoint('agent.config.reload.after');
  if (took) await awaitGeneration(target, batch, context.services);
  await failpoint('agent.config.probe.after');
  return took;
}

async function reloadOrStart(target: ServiceTarget, batch: number, context: ConfigContext): Promise<boolean> {
  const state = await settledState(target, context);
  if (state === 'running' || state === 'starting') {
    await reloadService(target, batch, context.services);
    return true;
  }
  if (state !== 'failed') return false;
  // It failed on its old configuration; only a start can tell whether the new one is better.
  await context.services.restart(target);
  return true;
}

const START_LIMIT_MS = 30_000;

/** One that is just being started cannot be reloaded yet; it has read old files or new ones, nobody knows which. */
async function settledState(target: ServiceTarget, context: ConfigContext): Promise<ServiceStatus['state']> {
  const end = performance.now() + START_LIMIT_MS;
  for (;;) {
    const { state } = await context.services.status(target);
    if (state !== 'starting' || performance.now() > end) return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isServiceFault(error: unknown): boolean {
  return (
    error instanceof AgentError &&
    (error.code === 'agent.probeFailed' || error.code === 'agent.serviceFailed')
  );
}

function manifestOf(item: ChangePlan, batch: number): Manifest {
  const { change } = item;
  return {
    driver: change.driver,
    service: change.service,
    instance: change.instance ?? null,
    resource: change.resource,
    generation: change.generation,
    batch,
    at: new Date().toISOString(),
    files: item.steps.flatMap((step) =>
      step.wanted === null
        ? []
        : [{ root: step.root.name, path: step.path, absolute: step.absolute, sha256: sha256(step.wanted) }],
    ),
  };
}

function previousOf(item: ChangePlan): PreviousFile[] {
  return item.steps.map((step) => ({
    root: step.root.name,
    path: step.path,
    content: step.current?.toString('utf8') ?? null,
  }));
}

function journalEntry(
  batch: number,
  target: ServiceTarget,
  writes: FileWrite[],
  manifests: JournalEntry['manifests'],
): JournalEntry {
  return {
    batch,
    driver: target.driver.id,
    service: target.name,
    instance: target.instance ?? null,
    manifests,
    files: writes.map((write) => ({
      absolute: write.absolute,
      rootPath: write.root.path,
      mode: write.mode,
      uid: write.uid,
      gid: write.gid,
      before: write.before?.toString('base64') ?? null,
    })),
  };
}

export { manifestOf };
