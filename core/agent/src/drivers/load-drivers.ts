import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { parseDriver, type Driver } from '@tenpanel/protocol';
import { inside, openFolder } from '../files/open-folder.js';

export interface LoadedDriver {
  driver: Driver;
  /** Of the file's bytes: what the administrator has seen and agreed to. */
  sha256: string;
}

export interface DriverFolder {
  drivers: Map<string, LoadedDriver>;
  /** File name -> why it was left out. */
  refused: Map<string, string>;
}

const MAX_BYTES = 1024 * 1024;

/**
 * Read `<id>.json` of every driver. A file that somebody else than root (or the agent's own user) could have changed,
 * a symlink, or one that is not well-formed is left out, with the reason; the others are not affected. Only the
 * simulated host, where nothing is at stake, is not `strict` about who owns them.
 */
export async function loadDrivers(path: string, strict: boolean): Promise<DriverFolder> {
  const drivers = new Map<string, LoadedDriver>();
  const refused = new Map<string, string>();
  const folder = await openFolder(path, { trusted: strict }).catch((error: Error) => {
    refused.set(path, error.message);
    return null;
  });
  if (folder === null) return { drivers, refused };
  try {
    const names = await readdir(`/proc/self/fd/${folder.fd}`);
    for (const name of names.sort()) {
      if (!name.endsWith('.json') || name.startsWith('.')) continue;
      try {
        const loaded = await loadOne(inside(folder, name), name, strict);
        drivers.set(loaded.driver.id, loaded);
      } catch (error) {
        refused.set(name, error instanceof Error ? error.message : String(error));
      }
    }
  } finally {
    await folder.close();
  }
  return { drivers, refused };
}

async function loadOne(path: string, name: string, strict: boolean): Promise<LoadedDriver> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > MAX_BYTES) throw new Error('it is no regular file of at most 1 MiB');
    if (strict && facts.uid !== 0 && facts.uid !== process.geteuid?.())
      throw new Error('it does not belong to root');
    if (strict && (facts.mode & 0o022) !== 0) throw new Error('others than its owner can write to it');
    const bytes = await file.readFile();
    const driver = parseDriver(JSON.parse(bytes.toString('utf8')));
    if (name !== `${driver.id}.json`) throw new Error(`its name must be ${driver.id}.json`);
    return { driver, sha256: createHash('sha256').update(bytes).digest('hex') };
  } finally {
    await file.close();
  }
}
