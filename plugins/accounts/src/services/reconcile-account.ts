import { waitingSince, type Condition, type ReconcilerSpec } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import type { Room } from './room.js';

type Found = Omit<Condition, 'since'>;

/** Unix user, home, lock and quota as the row wants them. */
export function accountReconciler(room: Room): ReconcilerSpec<Account> {
  return {
    kind: 'account',
    entity: accountEntity,
    async converge(row, { agent }) {
      const { name, shell, suspended, deleted, limits } = row.spec;
      const locked = suspended !== null || deleted !== null;
      await agent('account.ensure', { account: name, shell });
      await agent('account.lock', { account: name, locked });
      const bytes = limits['disk'] ?? null;
      const inodes = limits['inodes'] ?? null;
      const quota = await agent('quota.set', { account: name, bytes, inodes });
      return [suspendedCondition(row), quotaCondition(bytes !== null || inodes !== null, quota)];
    },
    async remove(row, { em, agent }) {
      const remains: string[] = [];
      for (const holder of room.holders) {
        const what = await holder.remains(em, row.id);
        if (what) remains.push(what);
      }
      if (remains.length > 0)
        return waitingSince(remains.join(', '), row.deletedAt ?? row.updatedAt, room.kit.now());
      await agent('account.remove', { account: row.spec.name, purge: true });
      return undefined;
    },
  };
}

function suspendedCondition(row: Account): Found {
  const { suspended, deleted } = row.spec;
  if (deleted)
    return {
      type: 'Suspended',
      status: 'true',
      reason: 'deleted',
      message: `Deleted; gone for good after ${deleted.purgeAfter}.`,
    };
  if (suspended) return { type: 'Suspended', status: 'true', reason: 'suspended', message: suspended.reason };
  return { type: 'Suspended', status: 'false', reason: 'active', message: '' };
}

function quotaCondition(wanted: boolean, quota: { supported: boolean; reason?: string }): Found {
  if (!wanted) return { type: 'Quota', status: 'true', reason: 'unlimited', message: '' };
  if (quota.supported) return { type: 'Quota', status: 'true', reason: 'set', message: '' };
  const why = quota.reason ?? 'The file system of /home has no quotas.';
  return {
    type: 'Quota',
    status: 'false',
    reason: 'unsupported',
    message: `Disk and inode limits are not held on this server. ${why}`,
  };
}
