import { controlCharacters, z } from '@tenpanel/sdk';
import { isIP } from 'node:net';
import { headerName, headerValue } from './header.js';
import { extension, fileName } from './url-path.js';

const hostPattern = z
  .string()
  .regex(
    /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/,
    'Write a host name such as example.com or *.example.com.',
  );
const origin = z.union([
  z.literal('*'),
  z
    .string()
    .regex(
      /^https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/,
      'Write an origin such as https://app.example.com.',
    ),
]);
const token = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);
const address = z.string().refine((text) => isIP(text) !== 0, 'Write an IP address.');

/**
 * What a customer may say about a site beyond its fields: a closed list, because raw nginx text would let a customer
 * read other accounts' files. A field that is left out means the server's default.
 */
export const directives = z.strictObject({
  /** Largest upload in MiB. */
  maxBodyMegabytes: z.number().int().min(1).max(10240).optional(),
  index: z.array(fileName).min(1).max(8).optional(),
  directoryListing: z.boolean().optional(),
  gzip: z.boolean().optional(),
  /** How long browsers and the cache may keep files by extension: `30d`, `12h`, `max`, `epoch` (not at all). */
  expires: z
    .array(
      z.strictObject({
        extensions: z.array(extension).min(1).max(40),
        value: z.string().regex(/^(?:[1-9]\d{0,3}[smhdMy]|max|epoch)$/, 'Write a time such as 30d or 12h.'),
      }),
    )
    .max(16)
    .optional(),
  headers: z
    .array(z.strictObject({ name: headerName, value: headerValue }))
    .max(24)
    .optional(),
  /** X-Frame-Options, X-Content-Type-Options, Referrer-Policy and Permissions-Policy with careful values. */
  securityHeaders: z.boolean().optional(),
  cors: z
    .strictObject({
      origins: z.array(origin).min(1).max(32),
      methods: z
        .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']))
        .default(['GET', 'HEAD', 'POST']),
      headers: z.array(token).max(32).default(['Content-Type']),
      credentials: z.boolean().default(false),
      maxAgeSeconds: z.number().int().min(0).max(86400).default(600),
    })
    .refine((cors) => !(cors.credentials && cors.origins.includes('*')), {
      path: ['credentials'],
      message: 'Credentials need a list of origins instead of *.',
    })
    .optional(),
  /** Sent over https only. */
  hsts: z
    .strictObject({
      maxAgeSeconds: z.number().int().min(0).max(63072000),
      includeSubdomains: z.boolean().default(false),
      preload: z.boolean().default(false),
    })
    .optional(),
  /** Media is given only to pages of the site itself and of these hosts. */
  hotlink: z
    .strictObject({
      extensions: z.array(extension).min(1).max(40),
      allow: z.array(hostPattern).max(64).default([]),
      allowEmpty: z.boolean().default(true),
    })
    .optional(),
  /** A friendly 503 for everybody but these addresses. */
  maintenance: z.strictObject({ allow: z.array(address).max(64).default([]) }).optional(),
});

export type Directives = z.infer<typeof directives>;

export const realm = z
  .string()
  .min(1)
  .max(80)
  .refine(
    (text) => !controlCharacters.test(text) && !/["\\$]/.test(text),
    'Write a short text without quotes.',
  );
