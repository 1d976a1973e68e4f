import { controlCharacters, z } from '@tenpanel/sdk';

// nginx compares decoded paths, so people write them decoded; what is left out would need quoting somewhere.
const REFUSED = /["'\\${};#?<>|`^]|\/\/|\/\.{1,2}(?:\/|$)|[\ud800-\udfff]/;

/** Path part of a URL as a person writes it: absolute, decoded, without query, without `.` and `..`. */
export const urlPath = z
  .string()
  .min(1)
  .max(255)
  .refine((path) => path.startsWith('/') && !REFUSED.test(path) && !controlCharacters.test(path), {
    message: 'Write a path that starts with /, such as /shop/sale, without ?, quotes, $ or empty parts.',
  });

/** A file of the site as error page or index. */
export const fileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'Write a file name such as index.html.');

/** `png`, `tar.gz` is two. */
export const extension = z
  .string()
  .regex(/^[a-z0-9]{1,10}$/, 'Write a file extension without the dot, such as jpg.');

/** Address of a page: a path of the same site, or http(s) with a host. May hold a query, never `$`. */
export const linkTarget = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => isLinkTarget(text), {
    message: 'Write a path such as /new, or a full address such as https://example.com/new.',
  });

function isLinkTarget(text: string): boolean {
  if (/[\s"'\\$<>`{}|^]/.test(text) || controlCharacters.test(text)) return false;
  // `//host` would leave the site while it looks like a path.
  if (text.startsWith('/')) return !text.startsWith('//');
  return /^https?:\/\/[^/@\s]+/i.test(text) && URL.canParse(text) && new URL(text).username === '';
}
