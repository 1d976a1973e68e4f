import { readFile } from 'node:fs/promises';
import { AgentError, type AccountInfo, type OperationResult } from '@tenpanel/protocol';
import { findProgram } from '../process/program.js';
import { run } from '../process/run.js';
import { mountOf, quotaProblem, type Mount } from './home-mount.js';

const SETQUOTA = ['/usr/sbin/setquota', '/sbin/setquota'];
const QUOTA = ['/usr/bin/quota'];

export interface Quota {
  set(info: AccountInfo, bytes: number | null, inodes: number | null): Promise<OperationResult<'quota.set'>>;
  usage(info: AccountInfo): Promise<OperationResult<'quota.usage'>>;
}

/** Disk space by the kernel's own counting per user, never by walking the files. */
export function quota(install: () => Promise<void>): Quota {
  const ready = async (): Promise<{ mount: Mount } | { reason: string }> => {
    const mount = mountOf('/home', await readFile('/proc/self/mountinfo', 'utf8'));
    const reason = quotaProblem(mount);
    if (reason !== null || mount === null) return { reason: reason ?? '' };
    await findProgram(SETQUOTA).catch(install);
    return { mount };
  };
  return {
    async set(info, bytes, inodes) {
      const state = await ready();
      if ('reason' in state) return { supported: false, reason: state.reason };
      // 0 means no limit to the kernel, so a limit of nothing becomes the smallest one there is.
      const blocks = String(bytes === null ? 0 : Math.max(1, Math.ceil(bytes / 1024)));
      const files = String(inodes === null ? 0 : Math.max(1, inodes));
      const argv = ['-u', String(info.uid), blocks, blocks, files, files, state.mount.point];
      const { exitCode, stderr } = await run(SETQUOTA, argv);
      if (exitCode === 0) return { supported: true };
      if (isOff(stderr)) return { supported: false, reason: switchedOff(state.mount) };
      throw new AgentError('agent.programFailed', `setquota failed: ${stderr.trim()}`, { exitCode });
    },
    async usage(info) {
      const state = await ready();
      if ('reason' in state) return { supported: false, reason: state.reason };
      // Exit code 1 only says that the user is over the limit.
      const { stdout } = await run(QUOTA, [
        '--user',
        '--no-wrap',
        '--raw-grace',
        '--verbose',
        '--show-mntpoint',
        '--hide-device',
        String(info.uid),
      ]);
      const used = parseQuota(stdout, state.mount.point);
      return used === null
        ? { supported: false, reason: switchedOff(state.mount) }
        : { supported: true, ...used };
    },
  };
}

/** What setquota(8) says where the mount has the option, and quotacheck or quotaon was never run. */
export function isOff(words: string): boolean {
  return /cannot open quotafile|not all specified mountpoints are using quota|no quota enabled/i.test(words);
}

function switchedOff({ point }: Mount): string {
  return `Quotas are not switched on for ${point}. Run quotacheck -cum ${point} and quotaon ${point}, or give ext4 the feature quota with tune2fs.`;
}

/**
 * The line of the mount in the output of quota(1): blocks of 1 KiB, marked with * when over, then files. A user who has
 * nothing anywhere has no line; null when there are lines, but none of this mount.
 */
export function parseQuota(text: string, mountPoint: string): { bytes: number; inodes: number } | null {
  if (/: none$/m.test(text)) return { bytes: 0, inodes: 0 };
  const fields = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((parts) => parts[0] === mountPoint);
  if (fields === undefined) return null;
  const amount = (value: string | undefined): number => Number((value ?? '0').replace('*', ''));
  return { bytes: amount(fields[1]) * 1024, inodes: amount(fields[5]) };
}
