import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPaths } from '../files/host-paths.js';
import type { OsProfile } from '../os/profile.js';
import type { Packages } from '../packages/packages.js';
import type { Slices } from '../slices/slices.js';
import type { ServiceManager } from './service-manager.js';
import { simulatedServices } from './simulated.js';
import { supervisor } from './supervisor.js';
import { systemd } from './systemd.js';

/** systemd where it is process 1, else the small supervisor. */
export async function isSystemd(): Promise<boolean> {
  return (await readFile('/proc/1/comm', 'utf8').catch(() => '')).trim() === 'systemd';
}

export function chooseManager(
  options: { state: string; supervisor: string; systemd: boolean },
  parts: { paths: HostPaths; profile: OsProfile; packages: Packages; slices: Slices },
): ServiceManager {
  if (parts.paths.simulated) return simulatedServices(options.state);
  if (options.systemd) return systemd();
  return supervisor({
    family: parts.profile.family,
    run: options.supervisor,
    programs: join(options.state, 'supervisor.d'),
    install: async () => {
      await parts.packages.install([parts.profile.helpers.supervisor]);
    },
    place: (pid, account) => parts.slices.place(pid, account),
  });
}
