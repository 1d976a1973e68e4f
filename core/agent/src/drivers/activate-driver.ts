import { chmod, chown } from 'node:fs/promises';
import type { Driver, DriverDirectory, OsFamily } from '@tenpanel/protocol';
import { ownerOf } from '../config/file-write.js';
import type { HostPaths } from '../files/host-paths.js';
import { openFolder } from '../files/open-folder.js';
import { readGroups, readUsers } from '../files/users.js';
import { mustRun } from '../process/must-run.js';
import type { ServiceManager } from '../services/service-manager.js';
import { forFamily, resolveRoot } from './resolve.js';

/**
 * Make what a driver needs before it can be used: groups, folders, unit files. Idempotent; called at start, when the
 * driver changes, and after its packages were installed (only then its daemon users exist). Returns what could not
 * be done yet, in plain words.
 */
export async function activateDriver(
  driver: Driver,
  context: { paths: HostPaths; family: OsFamily; services: ServiceManager },
): Promise<string[]> {
  const { paths, family, services } = context;
  const left: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: Error) => left.push(`${what}: ${error.message}`));
  };
  if (!paths.simulated) {
    for (const [group, { members }] of Object.entries(driver.groups)) {
      await attempt(`group ${group}`, () => ensureGroup(group, members[family], left));
    }
  }
  for (const directory of driver.directories) {
    const path = forFamily(directory.path, family);
    await attempt(path, () => ensureFolder(directory, path, paths));
  }
  for (const name of Object.keys(driver.roots)) {
    const root = resolveRoot(driver, name, family);
    await attempt(root.path, async () => {
      const folder = await openFolder(paths.at(root.path), { create: 0o755, trusted: !paths.simulated });
      await folder?.close();
    });
  }
  await attempt('unit files', () => services.activate(driver));
  return left;
}

async function ensureGroup(name: string, members: string[], left: string[]): Promise<void> {
  if (!(await readGroups()).has(name)) await mustRun('/usr/sbin/groupadd', ['--system', '--', name]);
  const users = await readUsers();
  for (const member of members) {
    if (!users.some((user) => user.name === member))
      left.push(`group ${name}: there is no user ${member} yet`);
    else if (!(await readGroups()).get(name)?.members.includes(member)) {
      await mustRun('/usr/sbin/usermod', ['--append', '--groups', name, '--', member]);
    }
  }
}

async function ensureFolder(directory: DriverDirectory, path: string, paths: HostPaths): Promise<void> {
  const owner = directory.owner ?? 'root';
  const { uid, gid } = paths.simulated
    ? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
    : await ownerOf({ owner, group: directory.group ?? owner });
  const folder = await openFolder(paths.at(path), { create: 0o755 });
  if (folder === null) return;
  try {
    // Through the descriptor: between opening and changing nobody can put something else there. (O_PATH refuses fchmod.)
    const self = `/proc/self/fd/${folder.fd}`;
    await chown(self, uid, gid);
    await chmod(self, Number.parseInt(directory.mode, 8));
  } finally {
    await folder.close();
  }
}
