import { access } from 'node:fs/promises';
import { mustRun } from '../process/must-run.js';
import { run } from '../process/run.js';
import { blockDevice } from './block-device.js';
import { cgroupRoot } from './cgroup-support.js';
import { ioProblem } from './io-problem.js';
import { readUsage } from './read-usage.js';
import { sliceProperties } from './slice-properties.js';
import type { Slices } from './slices.js';

const SYSTEMCTL = ['/usr/bin/systemctl', '/bin/systemctl'];

/** Slices as systemd units: `set-property` holds at once and after a reboot. */
export function systemdSlices(controllers: readonly string[]): Slices {
  const unit = (account: string): string => `tenpanel-${account}.slice`;
  const folder = (account: string): string => `${cgroupRoot}/tenpanel.slice/${unit(account)}`;
  return {
    async set(account, limits) {
      // Started, so that its counters can be read before the first process is in it.
      await mustRun(SYSTEMCTL, ['start', '--', unit(account)]);
      const disk = controllers.includes('io') ? await blockDevice('/home') : null;
      const properties = sliceProperties(limits, disk === null ? null : `/dev/block/${disk}`);
      await mustRun(SYSTEMCTL, ['set-property', '--', unit(account), ...properties]);
      return { supported: true, ...ioProblem(limits, disk) };
    },
    async usage(account) {
      const there = await access(folder(account)).then(
        () => true,
        () => false,
      );
      return there ? await readUsage(folder(account)) : { supported: true };
    },
    async remove(account) {
      const there = await access(folder(account)).then(
        () => true,
        () => false,
      );
      await run(SYSTEMCTL, ['stop', '--', unit(account)], { timeout: 60 });
      // Takes away what set-property kept for the next boot.
      await run(SYSTEMCTL, ['revert', '--', unit(account)]);
      return { removed: there };
    },
    place: () => Promise.resolve(),
  };
}
