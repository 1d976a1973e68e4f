import { defineEntity, p, resourceProperties, type ResourceRow } from '@tenpanel/sdk';
import type { CachePolicy } from '../policy/policy.js';
import type { SiteVcl } from '../vcl/site-vcl.js';

export interface CacheSiteSpec {
  siteId: number;
  accountId: number;
  domain: string;
  policy: CachePolicy;
  vcl: SiteVcl | null;
}

export const siteEntity = defineEntity({
  name: 'CacheSite',
  tableName: 'site',
  schema: 'plg_varnish',
  properties: {
    ...resourceProperties<CacheSiteSpec>(),
    siteId: p.integer().generated("((spec->>'siteId')::int) stored"),
    accountId: p.integer().generated("((spec->>'accountId')::int) stored"),
    /** Generation whose own VCL the running Varnish has under the site's label; null when it has none. */
    loadedGeneration: p.integer().nullable(),
  },
});

export interface CacheSite extends ResourceRow<CacheSiteSpec> {
  readonly siteId: number;
  readonly accountId: number;
  loadedGeneration?: number | null;
}
