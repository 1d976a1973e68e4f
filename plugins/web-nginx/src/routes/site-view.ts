import { domainToUnicode } from 'node:url';
import { resourceReply, resourceStatus, z } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import { siteNames } from '../render/site-view.js';
import { directives } from '../spec/directives.js';
import { redirect } from '../spec/redirect.js';
import { rewrite } from '../spec/rewrite.js';
import { errorPage, proxyTarget, redirectTo } from '../spec/vhost-spec.js';

export const siteReply = z
  .strictObject({
    ...resourceReply,
    domain: z.string(),
    displayName: z.string().meta({ description: 'The domain as people read it, for international names' }),
    account: z.strictObject({ id: z.number().int(), name: z.string() }),
    type: z.enum(['php', 'static', 'proxy', 'redirect']),
    aliases: z.array(z.string()),
    names: z.array(z.string()).meta({ description: 'All names that the site answers to' }),
    www: z.enum(['none', 'toWww', 'toBare']),
    documentRoot: z.string(),
    enabled: z.boolean(),
    proxy: proxyTarget.nullable(),
    redirectTo: redirectTo.nullable(),
    rewrite,
    redirects: z.array(redirect),
    passwords: z.array(
      z.strictObject({
        path: z.string(),
        realm: z.string(),
        users: z.array(z.strictObject({ name: z.string() })),
      }),
    ),
    errorPages: z.array(errorPage),
    directives,
  })
  .meta({ id: 'Vhost' });

export type SiteReply = z.output<typeof siteReply>;

/** Field by field, so that no password hash is shown by accident. */
export function viewSite(row: Vhost): SiteReply {
  const { spec } = row;
  return {
    id: row.id,
    domain: spec.domain,
    displayName: domainToUnicode(spec.domain),
    status: resourceStatus(row),
    account: { id: spec.accountId, name: spec.account },
    type: spec.type,
    aliases: spec.aliases,
    names: siteNames(spec),
    www: spec.www,
    documentRoot: spec.documentRoot,
    enabled: spec.enabled,
    proxy: spec.proxy,
    redirectTo: spec.redirectTo,
    rewrite: spec.rewrite,
    redirects: spec.redirects,
    passwords: spec.passwords.map(({ path, realm, users }) => ({
      path,
      realm,
      users: users.map(({ name }) => ({ name })),
    })),
    errorPages: spec.errorPages,
    directives: spec.directives,
    generation: row.generation,
    conditions: row.conditions,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
