import { resourceReply, resourceStatus, z, type SiteFacts } from '@tenpanel/sdk';
import { policyFields, type CachePolicy } from '../policy/policy.js';
import type { CacheSite } from '../sites/site-entity.js';

export const vclReply = z
  .strictObject({ recv: z.string(), backendResponse: z.string(), deliver: z.string() })
  .nullable();

export const siteReply = z.strictObject({
  ...resourceReply,
  siteId: z.number().int(),
  domain: z.string(),
  ...policyFields,
  bypassPaths: z.array(z.string()),
  vcl: vclReply,
});

/** `row` null: a site that was there before the cache and has never been changed. */
export function siteView(
  site: SiteFacts,
  row: CacheSite | null,
  fallback: CachePolicy,
  now: number,
): z.output<typeof siteReply> {
  const at = new Date(now).toISOString();
  return {
    id: row?.id ?? 0,
    siteId: site.id,
    domain: site.domain,
    ...(row?.spec.policy ?? fallback),
    vcl: row?.spec.vcl ?? null,
    status: row ? resourceStatus(row) : 'active',
    generation: row?.generation ?? 0,
    conditions: row?.conditions ?? [],
    createdAt: row?.createdAt.toISOString() ?? at,
    updatedAt: row?.updatedAt.toISOString() ?? at,
  };
}
