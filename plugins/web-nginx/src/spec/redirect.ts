import { z } from '@tenpanel/sdk';
import { limitedRegex } from './limited-regex.js';
import { linkTarget, urlPath } from './url-path.js';

const status = z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]).default(301);
// `$1`-`$9` stand for the groups of the pattern and are the only use of `$`.
const regexTarget = z
  .string()
  .max(1000)
  .refine((text) => linkTarget.safeParse(text.replace(/\$[1-9]/g, 'x')).success, {
    message: 'Write a path such as /new/$1, or a full address such as https://example.com/$1.',
  });

/** Redirects are tried in order, before the cache; the first that fits answers. */
export const redirect = z.discriminatedUnion('match', [
  z.strictObject({ match: z.literal('exact'), from: urlPath, to: linkTarget, status }),
  /** What follows `from` is added to `to`. */
  z.strictObject({ match: z.literal('prefix'), from: urlPath, to: linkTarget, status }),
  z.strictObject({ match: z.literal('regex'), from: limitedRegex, to: regexTarget, status }),
]);

export type Redirect = z.infer<typeof redirect>;
