import { FieldError } from '@tenpanel/sdk';

const PATH = /^\/[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*$/;

/**
 * The regular expression that a ban compares with the addresses in memory. `/blog` means the page with any query,
 * `/blog?page=2` exactly that, `/blog/*` everything below. Signs are put into brackets, because a backslash would be
 * taken by Varnish's command line.
 */
export function urlPattern(url: string): string {
  if (url.length > 500 || !PATH.test(url)) {
    throw new FieldError(
      ['url'],
      'cache.badUrl',
      'Write the path of a page, such as /blog/post, or /blog/* for all below. Other signs as %XX.',
    );
  }
  const below = url.endsWith('*');
  const escaped = (below ? url.slice(0, -1) : url).replace(/[$()*+.?]/g, '[$&]');
  return below ? `^${escaped}` : url.includes('?') ? `^${escaped}$` : `^${escaped}([?]|$)`;
}
