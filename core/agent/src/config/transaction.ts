import { AgentError } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { reloadService } from '../services/reload-service.js';
import { batchWrites } from './batch-writes.js';
import type { ConfigContext } from './config-context.js';
import { forEachLimited, putInPlace, type FileWrite } from './file-write.js';
import { beginJournal, type JournalEntry } from './journal.js';
import type { PreviousFile } from './ledger.js';
import type { Manifest } from './manifest.js';
import { sha256, type ChangePlan } from './plan-change.js';
import { awaitGeneration } from './probe.js';
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
  const journal = await beginJournal(context.state, journalEntry(batch, target, writes, manifests));
  let reloaded = false;
  try {
    await putInPlace(writes, context.paths);
    if (!context.paths.simulated) {
      if (!context.sandboxed) await runValidators(target, batch);
      reloaded = await takeOver(target, batch, context);
    }
    await journal.commit();
  } catch (error) {
    await putInPlace(
      writes.map((write) => ({ ...write, content: write.before })),
      context.paths,
    );
    if (reloaded || isServiceFault(error)) {
      await reloadOrStart(target, batch, context).catch((again: Error) => {
        context.note('config.restoreReloadFailed', { service: target.id, reason: again.message });
      });
    }
    await journal.remove();
    throw error;
  }
  await forEachLimited(manifests, ({ manifest, previous }) => context.ledger.put(manifest, previous));
  await journal.remove();
  return batch;
}

/** Reload and probe, unless the service is meant to be asleep: then its files are read when it starts. */
async function takeOver(target: ServiceTarget, batch: number, context: ConfigContext): Promise<boolean> {
  const took = await reloadOrStart(target, batch, context);
  if (took) await awaitGeneration(target, batch, context.services);
  return took;
}

async function reloadOrStart(target: ServiceTarget, batch: number, context: ConfigContext): Promise<boolean> {
  const { state } = await context.services.status(target);
  if (state === 'running' || state === 'starting') {
    await reloadService(target, batch, context.services);
    return true;
  }
  if (state !== 'failed') return false;
  // It failed on its old configuration; only a start can tell whether the new one is better.
  await context.services.restart(target);
  return true;
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
