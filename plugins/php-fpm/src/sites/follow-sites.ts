import { Veto, FieldError, type Desired, type EntityManager, type SiteFacts } from '@tenpanel/sdk';
import { ensurePool, poolOf, poolsLeftBehind, siteRow, siteRowForChange } from '../pools/pool-store.js';
import type { Room } from '../room.js';
import type { PhpSite, PhpSiteSpec } from './site-entity.js';
import { siteWish } from './site-wish.js';

/** Rows of a site's PHP come and go with the site. */
export function followSites(room: Room): void {
  const { hooks } = room.kit;
  hooks.before('site.create', async (draft, { em }) => {
    if (draft.type === 'php') await chooseVersion(room, em, siteWish(draft).version);
    return draft;
  });
  hooks.with('site.create', async ({ site, draft }, { em, desired }) => {
    if (site.type === 'php') await startPhp(room, em, desired, site, siteWish(draft).version);
  });
  hooks.before('site.update', async (draft, { em }) => {
    const { version } = siteWish(draft);
    if (draft.type === 'php' && version) await chooseVersion(room, em, version);
    return draft;
  });
  hooks.with('site.update', async ({ site, draft }, { em, desired }) => {
    const row = await siteRowForChange(em, site.id);
    if (site.type !== 'php') {
      if (row) await desired.delete('php-site', row);
      return;
    }
    if (!row) return void (await startPhp(room, em, desired, site, siteWish(draft).version));
    const spec = { ...row.spec, domain: site.domain, version: siteWish(draft).version ?? row.spec.version };
    if (spec.domain !== row.spec.domain || spec.version !== row.spec.version)
      await desired.update<PhpSite>('php-site', row, spec);
    // Its folder is part of the pool's files, whether or not the version has changed.
    await ensurePool(em, desired, room.versions, row.tenantId, spec);
  });
  hooks.with('site.changed', async (site, { em, desired }) => {
    const left = await poolsLeftBehind(em, site);
    if (left.length > 0) await desired.touch('php-pool', left);
  });
  hooks.with('site.delete', async (site, { em, desired }) => {
    const row = await siteRow(em, site.id);
    if (!row) return;
    await desired.delete('php-site', row);
    const pool = await poolOf(em, row.spec);
    if (pool) await desired.touch('php-pool', [pool.id]);
  });
}

/** The wished version if the host has it, else the server's default. */
async function chooseVersion(room: Room, em: EntityManager, wished: string | undefined): Promise<string> {
  if (wished !== undefined) {
    if (await room.versions.find(em, wished)) return wished;
    throw new FieldError(
      ['extra', 'php', 'version'],
      'php.versionMissing',
      `PHP ${wished} is not installed on this server. Choose one of: tenpanel php list.`,
      { version: wished },
    );
  }
  const version = await room.versions.preferred(em);
  if (version) return version;
  throw new Veto(
    'php.noVersion',
    'No PHP was found on this server. Install PHP-FPM and run: tenpanel php refresh. Or make a site without PHP: type static.',
  );
}

/** The row of a site that has none, and the pool it needs. */
export async function startPhp(
  room: Room,
  em: EntityManager,
  desired: Desired,
  site: SiteFacts,
  wished?: string,
): Promise<PhpSite> {
  const version = await chooseVersion(room, em, wished);
  const { id, accountId, account, domain, tenantId } = site;
  const spec: PhpSiteSpec = { siteId: id, accountId, account, domain, version, ini: {}, pool: null };
  const row = await desired.create<PhpSite>('php-site', { tenantId, spec });
  await ensurePool(em, desired, room.versions, tenantId, spec);
  return row;
}
