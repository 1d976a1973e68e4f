import { Conflict, oneForChange, type Desired, type EntityManager } from '@tenpanel/sdk';
import { siteEntity, type PhpSite, type PhpSiteSpec } from '../sites/site-entity.js';
import type { Versions } from '../versions/versions.js';
import { poolEntity, type PhpPool } from './pool-entity.js';
import { belongsTo } from './pool-key.js';

export async function livePools(em: EntityManager, accountId: number): Promise<PhpPool[]> {
  return (await em.find(poolEntity, { accountId, deletedAt: null })) as PhpPool[];
}

export async function liveSites(em: EntityManager, accountId: number): Promise<PhpSite[]> {
  return (await em.find(siteEntity, { accountId, deletedAt: null })) as PhpSite[];
}

export async function siteRow(em: EntityManager, siteId: number): Promise<PhpSite | null> {
  return (await em.findOne(siteEntity, { siteId, deletedAt: null })) as PhpSite | null;
}

/** The same for who changes it: locked, so that changes at the same moment wait for each other. */
export async function siteRowForChange(em: EntityManager, siteId: number): Promise<PhpSite | null> {
  return oneForChange<PhpSite>(em, siteEntity, { siteId, deletedAt: null });
}

export async function poolOf(em: EntityManager, site: PhpSiteSpec): Promise<PhpPool | null> {
  return (await livePools(em, site.accountId)).find((pool) => belongsTo(site, pool.spec)) ?? null;
}

/** Ids of the pools whose files still hold a site that neither wants them nor is served by them. */
export async function poolsLeftBehind(
  em: EntityManager,
  site: { id: number; accountId: number },
): Promise<number[]> {
  const row = await siteRow(em, site.id);
  const used = (pool: PhpPool) => row && (belongsTo(row.spec, pool.spec) || row.servedPoolId === pool.id);
  return (await livePools(em, site.accountId))
    .filter((pool) => pool.applied?.[site.id] !== undefined && !used(pool))
    .map(({ id }) => id);
}

/**
 * The pool that the site wants, made when it is missing; either way it is computed again, so that it holds the site.
 * 409 `php.versionMissing` when the host does not have the version (any more).
 */
export async function ensurePool(
  em: EntityManager,
  desired: Desired,
  versions: Versions,
  tenantId: number,
  site: PhpSiteSpec,
): Promise<PhpPool> {
  const there = await poolOf(em, site);
  if (there) {
    await desired.touch('php-pool', [there.id]);
    return there;
  }
  const { accountId, account, version } = site;
  const installed = await versions.find(em, version);
  if (!installed)
    throw new Conflict(
      'php.versionMissing',
      `PHP ${version} is not installed on this server. Choose one of: tenpanel php list.`,
      { version },
    );
  const siteId = site.pool ? site.siteId : null;
  return desired.create<PhpPool>('php-pool', {
    tenantId,
    spec: { accountId, account, version, slot: installed.slot, siteId },
  });
}
