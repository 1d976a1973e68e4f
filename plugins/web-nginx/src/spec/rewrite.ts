import { z } from '@tenpanel/sdk';
import { limitedRegex } from './limited-regex.js';

/** `default` is the front controller /index.php for PHP and none for static sites. */
export const presets = [
  'default',
  'none',
  'wordpress',
  'laravel',
  'symfony',
  'drupal',
  'joomla',
  'static-spa',
] as const;
export type Preset = (typeof presets)[number];

// `orNext`: this condition or the one behind it must hold, instead of both.
const common = { negate: z.boolean().default(false), orNext: z.boolean().default(false) };

export const rewriteCondition = z.discriminatedUnion('test', [
  z.strictObject({ test: z.literal('file'), ...common }),
  z.strictObject({ test: z.literal('directory'), ...common }),
  z.strictObject({ test: z.literal('https'), ...common }),
  z.strictObject({
    test: z.enum(['host', 'path', 'query', 'method', 'userAgent', 'referer', 'cookie', 'address']),
    pattern: limitedRegex,
    ignoreCase: z.boolean().default(false),
    ...common,
  }),
]);

const target = z
  .string()
  .max(500)
  .refine(
    (text) =>
      /^(?:\/|https?:\/\/)/.test(text) &&
      !/[\s"'\\<>`{}|^;]/.test(text) &&
      !text.replace(/\$[1-9]/g, '').includes('$'),
    {
      message: 'Write a path such as /index.php?page=$1, or a full address.',
    },
  );

/** Rules run in order inside the site's own backend, before files are looked for. */
export const rewriteRule = z
  .strictObject({
    pattern: limitedRegex,
    ignoreCase: z.boolean().default(false),
    conditions: z.array(rewriteCondition).max(8).default([]),
    action: z.enum(['rewrite', 'redirect', 'permanent', 'forbidden', 'gone', 'stop']),
    to: target.nullable().default(null),
    /** After this rule no later one is tried. */
    last: z.boolean().default(true),
  })
  .refine((rule) => rule.to !== null || !['rewrite', 'redirect', 'permanent'].includes(rule.action), {
    path: ['to'],
    message: 'Say where to go.',
  });

export const rewrite = z.strictObject({
  preset: z.enum(presets).default('default'),
  rules: z.array(rewriteRule).max(100).default([]),
});

export type RewriteRule = z.infer<typeof rewriteRule>;
export type RewriteCondition = z.infer<typeof rewriteCondition>;
