import type { Desired, EntityManager } from '@tenpanel/sdk';
import { siteEntity, type PhpSite } from '../sites/site-entity.js';
import { poolEntity, type PhpPool } from './pool-entity.js';
import { belongsTo } from './pool-key.js';

/** How long a pool outlives its last site: requests that were under way with the old version have long ended then. */
const GRACE_MS = 5 * 60_000;

/** Remove the pools that no site wants and the web server uses no more. Answers how many were marked. */
export async function sweepPools(em: EntityManager, desired: Desired, now: number): Promise<number> {
  const pools = (await em.find(poolEntity, { deletedAt: null })) as PhpPool[];
  let marked = 0;
  for (const pool of pools) {
    const sites = (await em.find(siteEntity, { accountId: pool.accountId, deletedAt: null })) as PhpSite[];
    const used = sites.some((site) => belongsTo(site.spec, pool.spec) || site.servedPoolId === pool.id);
    if (used) {
      pool.unusedSince = null;
    } else if (!pool.unusedSince) {
      pool.unusedSince = new Date(now);
    } else if (now - pool.unusedSince.getTime() >= GRACE_MS) {
      await desired.delete('php-pool', pool);
      marked += 1;
    }
  }
  return marked;
}
