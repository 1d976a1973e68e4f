import type { SiteContribution, SiteContributor } from '@tenpanel/sdk';
import { defaultPolicy } from '../policy/default-policy.js';
import { policyHeader } from '../policy/policy-header.js';
import type { Room } from '../room.js';
import { siteEntity, type CacheSite } from './site-entity.js';

/** Gives each site's policy to the web server, which sends it along with every request. */
export function cacheContributor({ kit }: Room): SiteContributor {
  return {
    id: 'varnish',
    async contribute(sites, { em }) {
      if (sites.length === 0) return new Map();
      const rows = (await em.find(siteEntity, {
        siteId: { $in: sites.map((site) => site.id) },
        deletedAt: null,
      })) as CacheSite[];
      const bySite = new Map(rows.map((row) => [row.siteId, row.spec.policy]));
      const fallback = await defaultPolicy(kit.settings);
      return new Map(
        sites.map((site): [number, SiteContribution] => [
          site.id,
          { cachePolicy: site.type === 'redirect' ? 'off' : policyHeader(bySite.get(site.id) ?? fallback) },
        ]),
      );
    },
  };
}
