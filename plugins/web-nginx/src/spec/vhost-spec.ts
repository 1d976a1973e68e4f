import { z } from '@tenpanel/sdk';
import { directives, realm } from './directives.js';
import { redirect } from './redirect.js';
import { rewrite } from './rewrite.js';
import { linkTarget, urlPath } from './url-path.js';

/** Below `domains/<domain>/`. The site's private, logs and tmp folders are never served. */
export const documentRoot = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,7}$/,
    'Write a folder below the site’s own, such as public_html or public_html/web.',
  )
  .refine(
    (path) => !/^(?:private|logs|tmp)(?:\/|$)/.test(path),
    'The folders private, logs and tmp are not served. Choose another one.',
  );

export const passwordHash = z
  .string()
  .regex(
    /^(?:\$6\$(?:rounds=\d{4,7}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})$/,
  );

export const protectedPath = z.strictObject({
  path: urlPath,
  realm: realm.default('Restricted'),
  users: z
    .array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9._@-]{1,64}$/), hash: passwordHash }))
    .max(200),
});

const errorStatus = z.union(
  [400, 401, 403, 404, 405, 410, 429, 500, 502, 503, 504].map((code) => z.literal(code)),
);

export const errorPage = z.strictObject({ status: errorStatus, path: urlPath });

/** Where a proxy site sends its requests. */
export const proxyTarget = z.strictObject({
  /** `https://host[:port][/path]`. */
  url: z.string().max(500),
  /** Send the site's own host name instead of the target's. */
  keepHost: z.boolean().default(false),
  verifyCertificate: z.boolean().default(true),
  /** Only an administrator may point a site at loopback or private addresses. */
  allowPrivate: z.boolean().default(false),
});

const redirectStatus = z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]).default(301);
export const redirectTo = z.strictObject({
  url: linkTarget,
  status: redirectStatus,
  keepPath: z.boolean().default(true),
});

/** Everything that should be true of a site; what other plugins add comes from their contributions. */
export const vhostSpec = z.strictObject({
  accountId: z.number().int(),
  account: z.string(),
  home: z.string(),
  domain: z.string(),
  type: z.enum(['php', 'static', 'proxy', 'redirect']),
  aliases: z.array(z.string()).default([]),
  documentRoot: documentRoot.default('public_html'),
  www: z.enum(['none', 'toWww', 'toBare']).default('none'),
  /** Switched off by its owner. */
  enabled: z.boolean().default(true),
  proxy: proxyTarget.nullable().default(null),
  redirectTo: redirectTo.nullable().default(null),
  rewrite: rewrite.default({ preset: 'default', rules: [] }),
  redirects: z.array(redirect).max(500).default([]),
  passwords: z.array(protectedPath).max(50).default([]),
  errorPages: z.array(errorPage).max(16).default([]),
  directives: directives.default({}),
});

export type VhostSpec = z.infer<typeof vhostSpec>;
