import { stat, readdir } from 'node:fs/promises';
import { watch, type FSWatcher } from 'node:fs';
import { AgentError, type Driver } from '@tenpanel/protocol';
import { loadDrivers, type DriverFolder, type LoadedDriver } from './load-drivers.js';

export interface DriverRegistry {
  /** As the folder is now: a driver that was taken away is gone at once. Throws `agent.unknownDriver`. */
  get(id: string): Promise<Driver>;
  /** Everything loaded, after a look at whether the folder has changed. */
  all(): Promise<LoadedDriver[]>;
  /** Read the folder again now, changed or not. */
  reload(): Promise<void>;
  /** Call back after each load; used to activate what is new. */
  onLoad(listener: (drivers: LoadedDriver[], refused: Map<string, string>) => Promise<void>): void;
  close(): void;
}

/** The drivers of a folder; changes of the folder are noticed by themselves. `strict` as in `loadDrivers`. */
export function driverRegistry(path: string, strict: boolean): DriverRegistry {
  let current: DriverFolder = { drivers: new Map(), refused: new Map() };
  let fingerprint = '';
  let loading: Promise<void> = Promise.resolve();
  const listeners: ((drivers: LoadedDriver[], refused: Map<string, string>) => Promise<void>)[] = [];
  let watcher: FSWatcher | null = null;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<string> => {
    const names = await readdir(path).catch(() => []);
    const facts = await Promise.all(names.sort().map((name) => stat(`${path}/${name}`).catch(() => null)));
    return names
      .map(
        (name, index) =>
          `${name}:${facts[index]?.mtimeMs}:${facts[index]?.ino}:${facts[index]?.mode}:${facts[index]?.uid}`,
      )
      .join('\n');
  };

  const load = async (onlyIfChanged: boolean): Promise<void> => {
    const seen = await look();
    if (onlyIfChanged && seen === fingerprint) return;
    current = await loadDrivers(path, strict);
    fingerprint = seen;
    for (const listener of listeners) await listener([...current.drivers.values()], current.refused);
  };

  // Looks are made one after the other; callers that come while one waits for its turn share it.
  let waiting: Promise<void> | null = null;
  const freshen = (): Promise<void> => {
    if (waiting) return waiting;
    const turn = loading
      .catch(() => undefined)
      .then(() => {
        waiting = null;
        return load(true);
      });
    waiting = turn;
    loading = turn;
    return turn;
  };

  const follow = (): void => {
    if (watcher) return;
    try {
      watcher = watch(path, { persistent: false }, () => {
        clearTimeout(timer);
        timer = setTimeout(() => void freshen().catch(() => undefined), 200).unref();
      });
      watcher.on('error', () => undefined);
    } catch {
      // The folder is not there yet; `get` and `all` look for themselves.
    }
  };

  return {
    async get(id) {
      await freshen();
      const found = current.drivers.get(id);
      if (found) return found.driver;
      const why = current.refused.get(`${id}.json`);
      throw new AgentError(
        'agent.unknownDriver',
        why === undefined ? `No driver ${id} is installed.` : `The driver ${id} is refused: ${why}.`,
      );
    },
    async all() {
      await freshen();
      return [...current.drivers.values()];
    },
    async reload() {
      loading = loading.catch(() => undefined).then(() => load(false));
      await loading;
      follow();
    },
    onLoad: (listener) => void listeners.push(listener),
    close() {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}
