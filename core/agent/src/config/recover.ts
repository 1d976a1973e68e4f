import { readdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Driver } from '@tenpanel/protocol';
import { resolveService } from '../drivers/resolve.js';
import { inside, openFolder } from '../files/open-folder.js';
import { removeFile } from '../files/remove-file.js';
import { writeFile } from '../files/write-file.js';
import { reloadService } from '../services/reload-service.js';
import type { ConfigContext } from './config-context.js';
import { leftJournals, type JournalEntry } from './journal.js';

/**
 * Clean up after an agent that was killed: a batch that had committed is entered into the ledger, an open one is put
 * back and its service reloaded. Runs before the socket is open.
 */
export async function recover(
  context: ConfigContext,
  driverOf: (id: string) => Promise<Driver>,
): Promise<void> {
  for (const { path, entry, committed } of await leftJournals(context.state)) {
    if (entry && committed)
      for (const { manifest, previous } of entry.manifests) await context.ledger.put(manifest, previous);
    else if (entry) await putBack(entry, context, driverOf);
    await unlink(path);
    context.note(committed ? 'config.recoveredCommit' : 'config.rolledBack', {
      batch: entry?.batch ?? null,
      files: entry?.files.length ?? 0,
    });
  }
}

async function putBack(
  entry: JournalEntry,
  context: ConfigContext,
  driverOf: (id: string) => Promise<Driver>,
): Promise<void> {
  for (const file of entry.files) {
    const absolute = context.paths.at(file.absolute);
    if (file.before === null) await removeFile(absolute, context.paths.at(file.rootPath));
    else
      await writeFile(absolute, Buffer.from(file.before, 'base64'), {
        mode: file.mode,
        uid: file.uid,
        gid: file.gid,
      });
    await removeLeftovers(absolute);
  }
  if (context.paths.simulated) return;
  try {
    const driver = await driverOf(entry.driver);
    const ref = { service: entry.service, ...(entry.instance === null ? {} : { instance: entry.instance }) };
    const target = resolveService(driver, ref, context.family);
    const { state } = await context.services.status(target);
    if (state === 'running' || state === 'starting')
      await reloadService(target, entry.batch, context.services);
    else if (state === 'failed') await context.services.restart(target);
  } catch (error) {
    context.note('config.recoverReloadFailed', {
      batch: entry.batch,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

/** Temporary files that the killed agent had begun beside this one. */
async function removeLeftovers(absolute: string): Promise<void> {
  const folder = await openFolder(dirname(absolute));
  if (folder === null) return;
  const prefix = `.${basename(absolute).slice(0, 200)}.`;
  try {
    for (const name of await readdir(`/proc/self/fd/${folder.fd}`)) {
      if (name.startsWith(prefix) && /^[0-9a-f]{12}$/.test(name.slice(prefix.length)))
        await unlink(inside(folder, name));
    }
  } finally {
    await folder.close();
  }
}
