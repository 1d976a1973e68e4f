import { join } from 'node:path';
import { readFile } from '../files/read-file.js';
import { writeFile } from '../files/write-file.js';
import type { Packages } from './packages.js';

/** Packages of the simulated host: a list in a file. */
export function simulatedPackages(state: string): Packages {
  const path = join(state, 'simulated-packages.json');
  const read = async (): Promise<string[]> =>
    JSON.parse((await readFile(path))?.toString('utf8') ?? '[]') as string[];
  const toggle = async (name: string, on: boolean): Promise<boolean> => {
    const all = await read();
    if (all.includes(name) === on) return false;
    await writeFile(path, JSON.stringify(on ? [...all, name] : all.filter((each) => each !== name)), {
      mode: 0o600,
    });
    return true;
  };
  return {
    async status(names) {
      const all = await read();
      return {
        missing: names.filter((name) => !all.includes(name)),
        installed: names.filter((name) => all.includes(name)),
      };
    },
    async install(names, onLine) {
      const fresh: string[] = [];
      for (const name of names) {
        if (!(await toggle(name, true))) continue;
        onLine?.(`simulated: ${name} counts as installed`);
        fresh.push(name);
      }
      return fresh;
    },
    repository: async (source, enabled) => ({ changed: await toggle(`repository:${source.file}`, enabled) }),
    cleanUp: () => Promise.resolve(),
  };
}
