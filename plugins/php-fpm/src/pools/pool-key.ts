import type { PhpSiteSpec } from '../sites/site-entity.js';
import { slotOf } from '../versions/slot.js';
import type { PoolSpec } from './pool-entity.js';

/** `alice`, or `alice-12` for the own master of site 12; systemd puts the latter into a slice below the account's. */
export function instanceOf(pool: Pick<PoolSpec, 'account' | 'siteId'>): string {
  return pool.siteId === null ? pool.account : `${pool.account}-${pool.siteId}`;
}

export function socketOf(pool: PoolSpec): string {
  return `${slotOf(pool.slot).socketDir}/${instanceOf(pool)}.sock`;
}

/** Does the site want to be served by this pool? */
export function belongsTo(site: PhpSiteSpec, pool: PoolSpec): boolean {
  return (
    site.accountId === pool.accountId &&
    site.version === pool.version &&
    (site.pool ? site.siteId : null) === pool.siteId
  );
}
