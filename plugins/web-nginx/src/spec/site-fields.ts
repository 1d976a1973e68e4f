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
  type: z.enum(['php', 'static', 'proxy', 'redirect']).optional().meta({
    description: 'What answers: PHP, plain files, another server, or a redirect. A new site is php',
  }),
  aliases: z
    .array(domainOrWildcard)
    .max(200)
    .optional()
    .meta({ description: 'More names of the site; *.example.com is all names below example.com' }),
  documentRoot: documentRoot.optional().meta({ description: 'Folder of the site that is served' }),
  www: z
    .enum(['none', 'toWww', 'toBare'])
    .optional()
    .meta({ description: 'Send example.com to www.example.com (toWww), or the other way (toBare)' }),
  enabled: z.boolean().optional().meta({ description: 'Switched off, it answers a notice' }),
  proxy: proxyTarget.nullable().optional(),
  redirectTo: redirectTo.nullable().optional(),
  rewrite: rewrite.optional(),
  redirects: z.array(redirect).max(500).optional(),
  passwords: z.array(protectedPathInput).max(50).optional(),
  errorPages: z.array(errorPage).max(16).optional(),
  directives: directives.optional(),
  /** Wishes for other plugins, by what they serve. */
  extra: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/), z.unknown())
    .optional()
    .meta({ description: 'Wishes for other plugins, for example {"php": {"version": "8.4"}}' }),
} as const;

export type SiteChange = Partial<z.output<z.ZodObject<typeof siteFields>>>;
