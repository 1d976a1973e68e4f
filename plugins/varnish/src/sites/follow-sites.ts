import { FieldError } from '@tenpanel/sdk';
import { policyChange } from '../policy/policy.js';
import { defaultPolicy } from '../policy/default-policy.js';
import { forgetSite } from '../purge/forget-site.js';
import type { Room } from '../room.js';
import { siteEntity, type CacheSite } from './site-entity.js';
import { createRow, siteRow, siteRowForChange } from './site-store.js';

/** Few requests take longer than this. */
const UNDER_WAY_MS = 30_000;

/** A site's policy comes, moves and goes with it. `extra.cache` of a request may hold parts of a policy. */
export function followSites(room: Room): void {
  const { hooks, settings } = room.kit;
  const wish = (extra: Record<string, unknown>) => {
    const parsed = policyChange.safeParse(extra['cache'] ?? {});
    if (parsed.success) return parsed.data;
    throw new FieldError(
      ['extra', 'cache', ...(parsed.error.issues[0]?.path.map(String) ?? [])],
      'cache.badWish',
      parsed.error.issues[0]?.message ?? 'This is no cache policy.',
    );
  };
  hooks.before('site.create', (draft) => {
    wish(draft.extra);
    return draft;
  });
  hooks.with('site.create', async ({ site, draft }, { desired }) => {
    const wished = Object.fromEntries(
      Object.entries(wish(draft.extra)).filter(([, value]) => value !== undefined),
    );
    await createRow(room, desired, site, { ...(await defaultPolicy(settings)), ...wished });
  });
  hooks.with('site.update', async ({ site }, { em, desired }) => {
    const row = await siteRowForChange(em, site.id);
    if (row && row.spec.domain !== site.domain)
      await desired.update<CacheSite>('cache-site', row, { ...row.spec, domain: site.domain });
  });
  hooks.with('site.delete', async (site, { em, desired }) => {
    const row = await siteRow(em, site.id);
    if (row) await desired.delete('cache-site', row);
  });
  hooks.with('account.transfer', async (account, { em }) => {
    const rows = (await em.find(siteEntity, { accountId: account.id })) as CacheSite[];
    for (const row of rows) row.tenantId = account.tenantId;
  });
  hooks.with('account.delete', async (account, { em, desired }) => {
    const rows = (await em.find(siteEntity, { accountId: account.id, deletedAt: null })) as CacheSite[];
    for (const row of rows) await desired.delete('cache-site', row);
  });
  // Pages of the former PHP version or document root must not be shown from memory. Requests that were under way when
  // the site changed may still bring some into the cache, so that it is emptied once more when they have ended.
  hooks.after('site.changed', async ({ siteId }, { log }) => {
    await forgetSite(room.kit.agent, siteId);
    setTimeout(() => {
      forgetSite(room.kit.agent, siteId).catch((error: unknown) =>
        log.warn({ err: error, siteId }, 'the cache of a changed site could not be emptied a second time'),
      );
    }, UNDER_WAY_MS).unref();
  });
  // Its pages must not be shown from memory any longer.
  hooks.after('site.delete', async ({ siteId }) => {
    await room.kit.agent('exec', { driver: 'varnish', command: 'banSite', args: { site: String(siteId) } });
  });
}
