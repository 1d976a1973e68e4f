import { domainOrWildcard, z } from '@tenpanel/sdk';
import { directives, realm } from './directives.js';
import { redirect } from './redirect.js';
import { rewrite } from './rewrite.js';
import { urlPath } from './url-path.js';
import { documentRoot, errorPage, proxyTarget, redirectTo } from './vhost-spec.js';

const password = z.string().min(8, 'Use at least 8 characters.').max(256);

/** A user without a password keeps the one that it has. */
export const protectedPathInput = z.strictObject({
  path: urlPath,
  realm: realm.default('Restricted'),
  users: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9._@-]{1,64}$/, 'Use letters, digits and . _ @ -'),
        password: password.optional(),
      }),
    )
    .max(200),
});

/** Fields of a site that a request may set; nothing here has a default, so that PATCH changes only what it names. */
export const siteFields = {
  type: z.enum(['php', 'static', 'proxy', 'redirect']).optional(),
  aliases: z.array(domainOrWildcard).max(200).optional(),
  documentRoot: documentRoot.optional(),
  www: z.enum(['none', 'toWww', 'toBare']).optional(),
  enabled: z.boolean().optional(),
  proxy: proxyTarget.nullable().optional(),
  redirectTo: redirectTo.nullable().optional(),
  rewrite: rewrite.optional(),
  redirects: z.array(redirect).max(500).optional(),
  passwords: z.array(protectedPathInput).max(50).optional(),
  errorPages: z.array(errorPage).max(16).optional(),
  directives: directives.optional(),
  /** Wishes for other plugins, by plugin id. */
  extra: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/), z.unknown()).optional(),
} as const;

export type SiteChange = Partial<z.output<z.ZodObject<typeof siteFields>>>;
