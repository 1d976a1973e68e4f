import { Conflict, type RouteContext } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import type { Room } from '../room.js';
import type { SiteChange } from '../spec/site-fields.js';
import { claimNames } from './claim-names.js';
import { mergeSite } from './merge-site.js';
import { checkNamesFree } from './names-free.js';
import { siteFacts } from './site-facts.js';

type Ctx = Pick<RouteContext, 'em' | 'desired' | 'hooks' | 'can' | 'audit'>;

/** Replace the named fields of a site. Names that it gives up are free at once. */
export async function changeSite(room: Room, ctx: Ctx, row: Vhost, change: SiteChange): Promise<Vhost> {
  if (row.deletedAt)
    throw new Conflict('web.siteDeleting', `${row.spec.domain} is being deleted.`, {
      domain: row.spec.domain,
    });
  const { em, desired } = ctx;
  const { spec: former } = row;
  const draft = {
    siteId: row.id,
    accountId: former.accountId,
    domain: former.domain,
    aliases: change.aliases ?? former.aliases,
    type: change.type ?? former.type,
    extra: change.extra ?? {},
  };
  let saved = row;
  await ctx.hooks.run('site.update', draft, async (final) => {
    const spec = mergeSite(
      former,
      { ...change, aliases: final.aliases, type: final.type },
      ctx.can('web.proxy.private'),
    );
    const more = spec.aliases.length - former.aliases.length;
    if (more > 0) await room.kit.limits.enforce(em, former.accountId, 'aliases', more);
    await checkNamesFree(em, spec, row.id);
    saved = await desired.update<Vhost>('vhost', row, spec);
    await em.flush();
    await room.accounts.releaseDomains(em, { kind: 'vhost', id: row.id });
    await claimNames(room, em, saved);
    const account = await room.accounts.get(em, former.accountId);
    return {
      subject: { site: siteFacts(saved, account), draft: final },
      fact: { siteId: row.id, domain: spec.domain },
    };
  });
  ctx.audit({
    object: `vhost/${row.id}`,
    summary: `changed ${former.domain}: ${Object.keys(change).join(', ')}`,
  });
  return saved;
}

/** Mark a site for deletion; its folder stays unless it is to go to the trash. */
export async function deleteSite(
  room: Room,
  ctx: Pick<Ctx, 'em' | 'desired' | 'hooks' | 'audit'>,
  row: Vhost,
  files: 'keep' | 'trash',
): Promise<void> {
  if (row.deletedAt) return;
  const account = await room.accounts.get(ctx.em, row.spec.accountId);
  await ctx.hooks.run('site.delete', { siteId: row.id }, async () => {
    row.filesOnDelete = files;
    await ctx.em.flush();
    await ctx.desired.delete('vhost', row);
    return { subject: siteFacts(row, account), fact: { siteId: row.id, domain: row.spec.domain } };
  });
  ctx.audit({ object: `vhost/${row.id}`, summary: `deleted ${row.spec.domain}, files: ${files}` });
}
