import { NotFound, oneForChange, type Desired, type EntityManager, type SiteFacts } from '@tenpanel/sdk';
import { defaultPolicy } from '../policy/default-policy.js';
import type { CachePolicy } from '../policy/policy.js';
import type { Room } from '../room.js';
import type { SiteVcl } from '../vcl/site-vcl.js';
import { siteEntity, type CacheSite, type CacheSiteSpec } from './site-entity.js';

export async function siteRow(em: EntityManager, siteId: number): Promise<CacheSite | null> {
  return (await em.findOne(siteEntity, { siteId, deletedAt: null })) as CacheSite | null;
}

/** The same for who changes it: locked, so that changes at the same moment wait for each other. */
export async function siteRowForChange(em: EntityManager, siteId: number): Promise<CacheSite | null> {
  return oneForChange<CacheSite>(em, siteEntity, { siteId, deletedAt: null });
}

/** A site that the caller may see, and its row. A site from before this plugin has none. 404 when it is not theirs. */
export async function siteAndRow(
  room: Room,
  em: EntityManager,
  siteId: number,
): Promise<{ site: SiteFacts; row: CacheSite | null }> {
  const site = await room.web.get(em, siteId);
  if (!site) throw new NotFound('site');
  return { site, row: await siteRow(em, siteId) };
}

export async function createRow(
  room: Room,
  desired: Desired,
  site: SiteFacts,
  policy?: CachePolicy,
): Promise<CacheSite> {
  const { id, accountId, domain, tenantId } = site;
  const spec: CacheSiteSpec = {
    siteId: id,
    accountId,
    domain,
    policy: policy ?? (await defaultPolicy(room.kit.settings)),
    vcl: null,
  };
  return desired.create<CacheSite>('cache-site', { tenantId, spec });
}

/** Change a site's policy or VCL; the web server's file carries the policy, so it is written again. */
export async function changeSite(
  room: Room,
  em: EntityManager,
  desired: Desired,
  siteId: number,
  change: { policy?: Partial<CachePolicy>; vcl?: SiteVcl | null },
): Promise<CacheSite> {
  const site = await room.web.get(em, siteId);
  if (!site) throw new NotFound('site');
  // In the order in which a change of the site locks the two rows.
  if (change.policy) await desired.touch('vhost', [siteId]);
  const now = (await siteRowForChange(em, siteId)) ?? (await createRow(room, desired, site));
  const spec: CacheSiteSpec = {
    ...now.spec,
    domain: site.domain,
    policy: { ...now.spec.policy, ...change.policy },
    vcl: change.vcl === undefined ? now.spec.vcl : change.vcl,
  };
  return desired.update<CacheSite>('cache-site', now, spec);
}
