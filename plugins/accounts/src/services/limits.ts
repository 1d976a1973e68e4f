import type { EntityManager } from '@tenpanel/sdk';
import { accountEntity } from '../entities/account.js';
import type { Room } from './room.js';

/** Disk and inodes are held by the kernel's quotas; see the reconciler. */
export function registerLimits(room: Room): void {
  const { kit } = room;
  const measured = async (
    em: EntityManager,
    accountId: number,
    what: 'bytes' | 'inodes',
  ): Promise<number> => {
    const row = await em.findOne(accountEntity, { id: accountId });
    if (!row) throw new Error('no such account');
    const usage = await kit.agent('quota.usage', { account: row.name }, { timeoutSeconds: 5 });
    const value = usage[what];
    // Shown as "not measured" beside the limit.
    if (!usage.supported || value === undefined)
      throw new Error(usage.reason ?? 'quotas are not supported here');
    return value;
  };
  kit.limit({
    key: 'disk',
    title: 'Disk space',
    unit: 'bytes',
    default: null,
    min: 1_048_576,
    used: (em, id) => measured(em, id, 'bytes'),
  });
  kit.limit({
    key: 'inodes',
    title: 'Files and folders',
    unit: 'count',
    default: null,
    min: 100,
    used: (em, id) => measured(em, id, 'inodes'),
  });
}
