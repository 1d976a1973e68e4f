import {
  NotFound,
  type AccountFacts,
  type Accounts,
  type EntityManager,
  type SiteFacts,
  type Web,
} from '@tenpanel/sdk';
import type { PhpSite } from '../sites/site-entity.js';
import type { PhpPool } from './pool-entity.js';
import { belongsTo } from './pool-key.js';
import { liveSites } from './pool-store.js';

export interface PoolContent {
  account: AccountFacts;
  /** Sites that want this pool, and those that the web server still sends here; by id. */
  sites: { row: PhpSite; facts: SiteFacts }[];
  /** Workers that the plan allows one pool; null is unlimited. */
  workers: number | null;
}

/** Everything a pool is computed from, as it is now. */
export async function poolContent(
  em: EntityManager,
  pool: PhpPool,
  deps: { accounts: Accounts; web: Web },
): Promise<PoolContent> {
  const { accountId } = pool.spec;
  const account = await deps.accounts.get(em, accountId);
  if (!account) throw new NotFound('account');
  const facts = new Map((await deps.web.ofAccount(em, accountId)).map((site) => [site.id, site]));
  const rows = (await liveSites(em, accountId)).filter(
    (row) => belongsTo(row.spec, pool.spec) || row.servedPoolId === pool.id,
  );
  const sites = rows
    .flatMap((row) => {
      const site = facts.get(row.siteId);
      return site ? [{ row, facts: site }] : [];
    })
    .sort((a, b) => a.row.siteId - b.row.siteId);
  const limits = await deps.accounts.limits(em, accountId);
  return { account, sites, workers: limits['phpWorkers'] ?? null };
}
