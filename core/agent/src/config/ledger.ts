import { readdir, readFile as readPlain, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile } from '../files/remove-file.js';
import { writeFile } from '../files/write-file.js';
import { manifestKey, type Manifest } from './manifest.js';

/** A file's content before a transaction; null where there was none. */
export interface PreviousFile {
  root: string;
  path: string;
  content: string | null;
}

/** Who owns which file. Held in memory, one small file a manifest on disk, so that a change costs only its own files. */
export interface Ledger {
  get(key: string): Manifest | undefined;
  /** Key of the manifest that owns the path. */
  owner(absolute: string): string | undefined;
  of(driver: string, resource: string): Manifest[];
  all(): Iterable<Manifest>;
  /** Durable when it resolves. */
  put(manifest: Manifest, previous?: PreviousFile[]): Promise<void>;
  previous(key: string): Promise<PreviousFile[] | null>;
}

const TOMBSTONE_MS = 7 * 24 * 3600 * 1000;

export async function openLedger(
  state: string,
  note: (event: string, details: Record<string, unknown>) => void,
): Promise<Ledger> {
  const folder = join(state, 'manifests');
  const previousFolder = join(state, 'previous');
  const manifests = new Map<string, Manifest>();
  const owners = new Map<string, string>();

  const remember = (key: string, manifest: Manifest): void => {
    for (const file of manifests.get(key)?.files ?? []) {
      if (owners.get(file.absolute) === key) owners.delete(file.absolute);
    }
    manifests.set(key, manifest);
    for (const file of manifest.files) owners.set(file.absolute, key);
  };

  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  for (const name of names) {
    if (!name.endsWith('.json')) continue;
    const manifest = await readManifest(join(folder, name));
    if (manifest === null) {
      // One file that a disk has damaged must not keep the agent from starting: its resource is written anew.
      await rename(join(folder, name), join(folder, `${name}.damaged`));
      note('config.manifestDamaged', { manifest: name });
      continue;
    }
    const key = manifestKey(manifest);
    // A removed resource is remembered for a while, so that a late apply of an old generation stays stale.
    const old = manifest.files.length === 0 && Date.now() - Date.parse(manifest.at) > TOMBSTONE_MS;
    if (!old) remember(key, manifest);
    else
      await Promise.all([
        removeFile(join(folder, `${key}.json`), folder),
        removeFile(join(previousFolder, `${key}.json`), previousFolder),
      ]);
  }

  return {
    get: (key) => manifests.get(key),
    owner: (absolute) => owners.get(absolute),
    of: (driver, resource) =>
      [...manifests.values()].filter((each) => each.driver === driver && each.resource === resource),
    all: () => manifests.values(),
    async put(manifest, previous) {
      const key = manifestKey(manifest);
      const options = { mode: 0o600, folderMode: 0o700 };
      if (previous) await writeFile(join(previousFolder, `${key}.json`), JSON.stringify(previous), options);
      await writeFile(join(folder, `${key}.json`), JSON.stringify(manifest), options);
      remember(key, manifest);
    },
    async previous(key) {
      const text = await readPlain(join(previousFolder, `${key}.json`), 'utf8').catch(() => null);
      return text === null ? null : (JSON.parse(text) as PreviousFile[]);
    },
  };
}

async function readManifest(path: string): Promise<Manifest | null> {
  const text = await readPlain(path, 'utf8');
  try {
    const manifest = JSON.parse(text) as Partial<Manifest> | null;
    return Array.isArray(manifest?.files) && typeof manifest.resource === 'string'
      ? (manifest as Manifest)
      : null;
  } catch {
    return null;
  }
}
