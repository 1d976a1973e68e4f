import { query, type EntityManager, type SiteFacts, type Web } from '@tenpanel/sdk';
import { vhostEntity, type Vhost } from '../entities/vhost.js';
import { paths } from '../paths.js';
import type { Room } from '../room.js';
import { siteFacts } from './site-facts.js';
import { trafficOf } from './traffic-of.js';

/** What other plugins see of the sites. */
export function webCapability(room: Room): Web {
  const facts = async (em: EntityManager, rows: Vhost[]): Promise<SiteFacts[]> => {
    const accounts = await room.accounts.many(em, [...new Set(rows.map((row) => row.spec.accountId))]);
    return rows.map((row) => siteFacts(row, accounts.get(row.spec.accountId)));
  };
  const one = async (em: EntityManager, row: Vhost | null): Promise<SiteFacts | null> =>
    row ? ((await facts(em, [row]))[0] ?? null) : null;
  return {
    backendSocket: paths.backendSocket,
    socketGroup: paths.socketGroup,
    get: async (em, siteId) =>
      one(em, (await em.findOne(vhostEntity, { id: siteId, deletedAt: null })) as Vhost | null),
    async byDomain(em, domain) {
      const [found] = await query<{ id: number }>(
        em,
        `select id from plg_web_nginx.vhost where deleted_at is null
          and (domain = ? or spec->'aliases' @> to_jsonb(?::text) or (spec->>'www' <> 'none' and domain in (?, ?))) limit 1`,
        [domain, domain, `www.${domain}`, domain.replace(/^www\./, '')],
      );
      return found ? one(em, (await em.findOne(vhostEntity, { id: found.id })) as Vhost | null) : null;
    },
    ofAccount: async (em, accountId) =>
      facts(
        em,
        (await em.find(vhostEntity, { accountId, deletedAt: null }, { orderBy: { id: 'asc' } })) as Vhost[],
      ),
    contribute: (contributor) => room.contributors.add(contributor),
    useCache: (cache) => room.contributors.useCache(cache),
    traffic: (em, siteId, days) => trafficOf(em, siteId, days),
  };
}
