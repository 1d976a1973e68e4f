import { NotFound, type PluginKit, type Slices } from '@tenpanel/sdk';
import { effectiveLimits } from '../entities/slice.js';
import { sliceOf } from './assign-slice.js';
import { readUsage } from './slice-usage.js';

export function slicesCapability(kit: PluginKit): Slices {
  return {
    async limits(em, accountId) {
      const row = await sliceOf(em, accountId);
      if (!row) throw new NotFound('account');
      return effectiveLimits(row.spec);
    },
    async usage(em, accountId) {
      const row = await sliceOf(em, accountId);
      if (!row) throw new NotFound('account');
      return readUsage(kit, row.account);
    },
  };
}
