import { join } from 'node:path';
import type { ServiceStatus } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { readFile } from '../files/read-file.js';
import { writeFile } from '../files/write-file.js';
import type { ServiceManager } from './service-manager.js';

interface Kept {
  running: boolean;
  enabled: boolean;
}

/** Services of the simulated host: what was asked for is remembered in a file, and no process is started. */
export function simulatedServices(state: string): ServiceManager {
  const path = join(state, 'simulated-services.json');
  const read = async (): Promise<Record<string, Kept>> => {
    const bytes = await readFile(path);
    return bytes === null ? {} : (JSON.parse(bytes.toString('utf8')) as Record<string, Kept>);
  };
  let last: Promise<void> = Promise.resolve();
  const change = (target: ServiceTarget, patch: Partial<Kept>): Promise<void> => {
    last = last.then(async () => {
      const all = await read();
      const now = all[target.unit] ?? { running: false, enabled: false };
      all[target.unit] = { ...now, ...patch };
      await writeFile(path, JSON.stringify(all, null, 2), { mode: 0o600 });
    });
    return last;
  };
  return {
    kind: 'supervisor',
    activate: () => Promise.resolve(),
    resume: () => Promise.resolve(),
    async status(target): Promise<ServiceStatus> {
      const kept = (await read())[target.unit] ?? { running: false, enabled: false };
      return {
        state: kept.running ? 'running' : 'stopped',
        enabled: kept.enabled,
        pid: null,
        memoryBytes: null,
        message: 'simulated',
      };
    },
    start: (target) => change(target, { running: true }),
    stop: (target) => change(target, { running: false }),
    restart: (target) => change(target, { running: true }),
    reload: () => Promise.resolve(),
    signal: () => Promise.resolve(),
    enable: (target) => change(target, { running: true, enabled: true }),
    disable: (target) => change(target, { running: false, enabled: false }),
  };
}
