import { access, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { blockDevice } from './block-device.js';
import { cgroupRoot } from './cgroup-support.js';
import { ioProblem } from './io-problem.js';
import { readUsage } from './read-usage.js';
import { cgroupFiles } from './slice-properties.js';
import type { Slices } from './slices.js';

/** Without systemd, but with a writable cgroup v2 tree: the same folders and files, written by the agent itself. */
export function directSlices(controllers: readonly string[]): Slices {
  const top = `${cgroupRoot}/tenpanel.slice`;
  const folder = (account: string): string => `${top}/tenpanel-${account}.slice`;
  const usable = ['memory', 'cpu', 'pids', 'io'].filter((each) => controllers.includes(each));
  const ensure = async (account: string): Promise<void> => {
    await mkdir(top, { recursive: true });
    for (const place of [cgroupRoot, top]) {
      await writeFile(`${place}/cgroup.subtree_control`, usable.map((each) => `+${each}`).join(' '));
    }
    await mkdir(folder(account), { recursive: true });
  };
  return {
    async set(account, limits) {
      try {
        await ensure(account);
        const disk = usable.includes('io') ? await blockDevice('/home') : null;
        for (const [name, content] of cgroupFiles(limits, disk)) {
          const there = await access(`${folder(account)}/${name}`).then(
            () => true,
            () => false,
          );
          if (there) await writeFile(`${folder(account)}/${name}`, content);
        }
        return { supported: true, ...ioProblem(limits, disk) };
      } catch (error) {
        return {
          supported: false,
          reason: `The cgroup of the account could not be written (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`,
        };
      }
    },
    async usage(account) {
      const there = await access(folder(account)).then(
        () => true,
        () => false,
      );
      return there ? await readUsage(folder(account)) : { supported: true };
    },
    async remove(account) {
      return {
        removed: await rmdir(folder(account)).then(
          () => true,
          () => false,
        ),
      };
    },
    async place(pid, account) {
      await ensure(account);
      await writeFile(`${folder(account)}/cgroup.procs`, String(pid));
    },
  };
}
