import { access, constants, readFile } from 'node:fs/promises';
import type { AgentInfo } from '@tenpanel/protocol';

export const cgroupRoot = '/sys/fs/cgroup';
const NEEDED = ['memory', 'cpu', 'pids'] as const;

/** What the kernel offers at the root of the unified hierarchy, and in plain words what is missing. */
export async function cgroupSupport(): Promise<AgentInfo['cgroup']> {
  const text = await readFile(`${cgroupRoot}/cgroup.controllers`, 'utf8').catch(() => null);
  if (text === null) {
    return {
      version: 0,
      controllers: [],
      reason:
        'This system has no unified cgroup hierarchy (cgroup v2), so limits per account cannot be held. Boot with systemd.unified_cgroup_hierarchy=1.',
    };
  }
  const controllers = text
    .trim()
    .split(' ')
    .filter((each) => each !== '');
  const missing = NEEDED.filter((each) => !controllers.includes(each));
  if (missing.length > 0) {
    return {
      version: 2,
      controllers,
      reason: `The kernel or the container offers no cgroup controllers for ${missing.join(', ')}, so limits per account cannot be held.`,
    };
  }
  const writable = await access(`${cgroupRoot}/cgroup.procs`, constants.W_OK).then(
    () => true,
    () => false,
  );
  return writable
    ? { version: 2, controllers }
    : {
        version: 2,
        controllers,
        reason: 'The cgroup hierarchy is read-only here, so limits per account cannot be held.',
      };
}
