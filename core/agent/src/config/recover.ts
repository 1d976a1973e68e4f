import { readdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { failpoint, type Driver } from '@tenpanel/protocol';
import { resolveService } from '../drivers/resolve.js';
import { inside, openFolder } from '../files/open-folder.js';
import { readFile } from '../files/read-file.js';
import { removeFile } from '../files/remove-file.js';
import { writeFile } from '../files/write-file.js';
import { reloadService } from '../services/reload-service.js';
import type { ConfigContext } from './config-context.js';
import { leftJournals, type JournalEntry } from './journal.js';
import { manifestKey } from './manifest.js';

type DriverOf = (id: string) => Promise<Driver>;

/**
 * Clean up after an agent that was killed: a batch that had committed is entered into the ledger, an open one is put
 * back and its service reloaded. Runs before the socket is open. What cannot be done now (a full disk) does not keep
 * the agent from starting; it is tried again before the next batch of that service.
 */
export async function recover(context: ConfigContext, driverOf: DriverOf): Promise<void> {
  for (const { path, entry, committed } of await leftJournals(context.state)) {
    const finish = async (): Promise<void> => {
      await failpoint('agent.config.recover.before');
      if (entry && committed) await enter(entry, context);
      else if (entry) await putBack(entry, context, driverOf);
      await unlink(path);
      await failpoint('agent.config.recover.after');
      context.note(committed ? 'config.recoveredCommit' : 'config.rolledBack', {
        batch: entry?.batch ?? null,
        files: entry?.files.length ?? 0,
      });
    };
    await finish().catch((error: Error) => {
      context.note('config.notRecovered', { batch: entry?.batch ?? null, reason: error.message });
      if (entry) context.unfinished.add(serviceId(entry), finish);
    });
  }
}

const serviceId = ({ driver, service, instance }: JournalEntry): string =>
  `${driver}/${service}${instance === null ? '' : `@${instance}`}`;

/** A journal that could not be removed may be older than what has been written since; the later manifest stays. */
async function enter(entry: JournalEntry, { ledger }: ConfigContext): Promise<void> {
  for (const { manifest, previous } of entry.manifests) {
    const known = ledger.get(manifestKey(manifest));
    if (known === undefined || known.batch < entry.batch) await ledger.put(manifest, previous);
  }
}

async function putBack(entry: JournalEntry, context: ConfigContext, driverOf: DriverOf): Promise<void> {
  // What is removed first makes room for what has to be written.
  const files = [...entry.files].sort((a, b) => Number(a.before !== null) - Number(b.before !== null));
  for (const file of files) {
    const absolute = context.paths.at(file.absolute);
    await removeLeftovers(absolute);
    if (file.before === null) await removeFile(absolute, context.paths.at(file.rootPath));
    else {
      const before = Buffer.from(file.before, 'base64');
      if ((await readFile(absolute).catch(() => null))?.equals(before)) continue;
      await writeFile(absolute, before, { mode: file.mode, uid: file.uid, gid: file.gid });
    }
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
