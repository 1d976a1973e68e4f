import { NotFound, oneForChange, type EntityManager, type RouteContext, type SiteDraft } from '@tenpanel/sdk';
import { vhostEntity, type Vhost } from '../entities/vhost.js';
import type { Room } from '../room.js';
import type { SiteChange } from '../spec/site-fields.js';
import { claimNames } from './claim-names.js';
import { mergeSite } from './merge-site.js';
import { checkDomainFree, checkNamesFree } from './names-free.js';
import { siteFacts } from './site-facts.js';

type Ctx = Pick<RouteContext, 'em' | 'desired' | 'hooks' | 'can' | 'audit'>;

/** A new site in the caller's transaction: limits, names, row, and what other plugins add by `site.create`. */
export async function createSite(
  room: Room,
  ctx: Ctx,
  accountId: number,
  domain: string,
  change: SiteChange,
): Promise<Vhost> {
  const { em, desired } = ctx;
  const account = await room.accounts.get(em, accountId);
  if (!account) throw new NotFound('account');
  let row: Vhost | undefined;
  const draft: SiteDraft = {
    accountId,
    domain,
    aliases: change.aliases ?? [],
    type: change.type ?? 'php',
    extra: change.extra ?? {},
  };
  await ctx.hooks.run('site.create', draft, async (final) => {
    const spec = mergeSite(
      { account, domain: final.domain },
      { ...change, aliases: final.aliases, type: final.type },
      ctx.can('web.proxy.private'),
    );
    await room.kit.limits.enforce(em, accountId, 'sites');
    if (spec.aliases.length > 0) await room.kit.limits.enforce(em, accountId, 'aliases', spec.aliases.length);
    await checkDomainFree(room, spec.domain);
    await checkNamesFree(em, spec, null);
    row = await desired.create<Vhost>('vhost', { tenantId: account.tenantId, spec });
    await em.flush();
    await claimNames(room, em, row);
    const site = siteFacts(row, account);
    return { subject: { site, draft: final }, fact: { siteId: row.id, accountId, domain: spec.domain } };
  });
  if (!row) throw new Error('site.create ended without a row');
  ctx.audit({ object: `vhost/${row.id}`, summary: `created ${domain}` });
  return row;
}

/** The site for a request that changes it: locked, so that changes at the same moment wait for each other. */
export async function siteForChange(em: EntityManager, id: number): Promise<Vhost> {
  const row = await oneForChange<Vhost>(em, vhostEntity, { id });
  if (!row) throw new NotFound('site');
  return row;
}

export async function findSite(em: EntityManager, id: number): Promise<Vhost> {
  const row = (await em.findOne(vhostEntity, { id })) as Vhost | null;
  if (!row) throw new NotFound('site');
  return row;
}
