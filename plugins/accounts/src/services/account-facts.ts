import type { AccountFacts } from '@tenpanel/sdk';
import type { Account } from '../entities/account.js';

/** An account as other plugins see it. One that waits for its purge counts as suspended. */
export function accountFacts(row: Account): AccountFacts {
  const { name, planId, suspended, deleted } = row.spec;
  return {
    id: row.id,
    tenantId: row.tenantId,
    name,
    home: `/home/${name}`,
    planId,
    suspended: suspended !== null || deleted !== null || Boolean(row.deletedAt),
    suspendedReason: suspended?.reason ?? (deleted ? deleted.reason : null),
    ready: !row.deletedAt && row.conditions.some((c) => c.type === 'Ready' && c.status === 'true'),
  };
}
