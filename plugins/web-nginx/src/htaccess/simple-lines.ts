import { z } from '@tenpanel/sdk';
import { directives } from '../spec/directives.js';
import { redirect } from '../spec/redirect.js';
import { rewriteRule } from '../spec/rewrite.js';
import { errorPage } from '../spec/vhost-spec.js';
import { converted, notConverted, notNeeded, partly, type Found, type LineResult } from './result.js';

const STATUS: Record<string, number> = { permanent: 301, temp: 302, seeother: 303, gone: 410 };
const TYPES: Record<string, string[]> = {
  'text/css': ['css'],
  'text/html': ['html', 'htm'],
  'text/javascript': ['js'],
  'application/javascript': ['js'],
  'application/x-javascript': ['js'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/jpg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/gif': ['gif'],
  'image/webp': ['webp'],
  'image/avif': ['avif'],
  'image/svg+xml': ['svg'],
  'image/x-icon': ['ico'],
  'image/vnd.microsoft.icon': ['ico'],
  'application/pdf': ['pdf'],
  'font/woff': ['woff'],
  'font/woff2': ['woff2'],
  'application/font-woff': ['woff'],
  'application/font-woff2': ['woff2'],
  'video/mp4': ['mp4'],
};

type Reader = (words: readonly string[], found: Found) => LineResult;

/** Directives that need no look at their neighbours. */
export const simpleLines: Record<string, Reader> = {
  rewriteengine: ([state = '']) =>
    /^on$/i.test(state)
      ? notNeeded('Rules are always on.')
      : notConverted('Rules cannot be switched off here; leave them out.'),
  rewriteoptions: () => notNeeded('Rules of nginx are not inherited.'),
  rewritebase: ([base = '/'], found) => {
    found.base = `/${base.replace(/^\/+|\/+$/g, '')}/`.replace('//', '/');
    return converted('Targets of the rules below have been completed with it.');
  },
  redirect: (words, found) => convertRedirect(words, found, 'prefix'),
  redirectpermanent: (words, found) => convertRedirect(['301', ...words], found, 'prefix'),
  redirecttemp: (words, found) => convertRedirect(['302', ...words], found, 'prefix'),
  redirectmatch: (words, found) => convertRedirect(words, found, 'regex'),
  errordocument: ([status = '', target = ''], found) => {
    const page = errorPage.safeParse({ status: Number(status), path: target });
    if (!target.startsWith('/'))
      return notConverted('An error page must be a path of the site, such as /errors/404.html.');
    if (!page.success) return notConverted(`There is no own page for status ${status} with this path.`);
    found.errorPages = [...found.errorPages.filter((other) => other.status !== page.data.status), page.data];
    return converted('It is an error page of the site now.');
  },
  directoryindex: (words, found) => {
    const index = words.filter((word) => word !== 'disabled');
    return apply(
      found,
      { index: index.slice(0, 8) },
      index.length > 8 ? 'Only the first eight names are used.' : null,
    );
  },
  options: (words, found) => {
    const listing = words.find((word) => /^[+-]?(?:indexes|all|none)$/i.test(word));
    if (!listing)
      return notNeeded(
        'Links are followed when they and their target have the same owner; the rest has no counterpart.',
      );
    return apply(found, { directoryListing: !/^-|none$/i.test(listing) }, null);
  },
  limitrequestbody: ([bytes = ''], found) =>
    apply(found, { maxBodyMegabytes: Math.max(1, Math.ceil(Number(bytes) / 2 ** 20)) }, null),
  expiresactive: () => notNeeded('The times below are enough.'),
  expiresbytype: convertExpires,
  addoutputfilterbytype: (words, found) =>
    words.some((word) => /deflate|brotli/i.test(word))
      ? apply(found, { gzip: true }, null)
      : notConverted('This filter has no counterpart.'),
  header: convertHeader,
  fileetag: () => notNeeded('nginx makes its own ETags.'),
  serversignature: () => notNeeded('nginx never shows its version.'),
  adddefaultcharset: () => notNeeded('Applications and pages name their own character set.'),
  addtype: () => notConverted('The usual file types are known; others cannot be added.'),
  addhandler: () => notConverted('The PHP version is chosen in the PHP settings of the site.'),
  sethandler: () => notConverted('The PHP version is chosen in the PHP settings of the site.'),
  php_value: () => notConverted('Set this in the PHP settings of the site.'),
  php_flag: () => notConverted('Set this in the PHP settings of the site.'),
  setenv: () => notConverted('Environment variables belong into the application’s own configuration.'),
  setenvif: () => notConverted('Environment variables have no counterpart.'),
  authtype: () =>
    notConverted(
      'Set a directory password in the site’s settings: the file with the old passwords is not read.',
    ),
  authname: () => notConverted('Set a directory password in the site’s settings.'),
  authuserfile: () =>
    notConverted(
      'Set a directory password in the site’s settings: the file with the old passwords is not read.',
    ),
  authgroupfile: () => notConverted('Set a directory password in the site’s settings.'),
  require: () =>
    notConverted('Set a directory password in the site’s settings, or block addresses by a rule.'),
  order: () => notConverted('Rules by address have no counterpart here; use a rewrite rule on the address.'),
  allow: () => notConverted('Rules by address have no counterpart here; use a rewrite rule on the address.'),
  deny: () => notConverted('Rules by address have no counterpart here; use a rewrite rule on the address.'),
};

function apply(found: Found, values: Record<string, unknown>, note: string | null): LineResult {
  const parsed = directives.safeParse({ ...found.directives, ...values });
  if (!parsed.success) return notConverted(parsed.error.issues[0]?.message ?? 'This value cannot be used.');
  found.directives = parsed.data;
  return note ? partly(note) : converted('It is a setting of the site now.');
}

function convertRedirect(words: readonly string[], found: Found, match: 'prefix' | 'regex'): LineResult {
  const [first = '', ...rest] = words;
  const named = STATUS[first.toLowerCase()] ?? (/^\d{3}$/.test(first) ? Number(first) : null);
  const [from = '', to = ''] = named === null ? words : rest;
  const status = named ?? 302;
  if (status === 410) {
    const pattern =
      match === 'regex' ? from : `^${from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\/$/, '')}(?:/|$)`;
    const rule = rewriteRule.safeParse({ pattern, action: 'gone' });
    if (!rule.success) return notConverted(rule.error.issues[0]?.message ?? 'The pattern cannot be used.');
    found.rules.push(rule.data);
    return converted('It is a rule that answers 410.');
  }
  const kept = z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]).safeParse(status);
  const parsed = redirect.safeParse({ match, from, to, status: kept.success ? kept.data : 302 });
  if (!parsed.success)
    return notConverted(parsed.error.issues[0]?.message ?? 'This redirect cannot be used.');
  found.redirects.push(parsed.data);
  return kept.success
    ? converted('It is a redirect of the site now.')
    : partly(`It answers 302 instead of ${status}.`);
}

function convertExpires(words: readonly string[], found: Found): LineResult {
  const [type = '', ...rest] = words;
  const extensions = TYPES[type.toLowerCase()];
  if (!extensions) return notConverted(`Files of type ${type} cannot be told by their names.`);
  const value = duration(rest.join(' '));
  if (!value) return notConverted('Only times after the access are known, such as "access plus 1 month".');
  const others = (found.directives.expires ?? []).map((rule) => ({
    ...rule,
    extensions: rule.extensions.filter((each) => !extensions.includes(each)),
  }));
  const same = others.find((rule) => rule.value === value);
  if (same) same.extensions.push(...extensions);
  else others.push({ extensions, value });
  return apply(found, { expires: others.filter((rule) => rule.extensions.length > 0) }, null);
}

/** `access plus 1 month` or `A2592000` -> `30d`. */
function duration(text: string): string | null {
  const seconds = /^A(\d{1,9})$/.exec(text)?.[1];
  const units: Record<string, number> = {
    second: 1,
    minute: 60,
    hour: 3600,
    day: 86400,
    week: 604800,
    month: 2592000,
    year: 31536000,
  };
  const spoken = /^(?:access|now)(?: plus)?((?: \d+ [a-z]+)+)$/i.exec(text)?.[1];
  const total = seconds
    ? Number(seconds)
    : [...(spoken ?? '').matchAll(/(\d+) ([a-z]+?)s?(?= |$)/gi)].reduce(
        (sum, [, n, unit]) => sum + Number(n) * (units[(unit ?? '').toLowerCase()] ?? Number.NaN),
        0,
      );
  if (!seconds && !spoken) return null;
  if (!Number.isFinite(total)) return null;
  if (total === 0) return 'epoch';
  for (const [sign, size] of [
    ['d', 86400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const)
    if (total % size === 0) return `${total / size}${sign}`;
  return null;
}

function convertHeader(words: readonly string[], found: Found): LineResult {
  const rest = /^(?:always|onsuccess)$/i.test(words[0] ?? '') ? words.slice(1) : words;
  const [action = '', name = '', value = '', condition] = rest;
  if (!/^(?:set|add|append|merge)$/i.test(action))
    return notConverted(`"Header ${action}" has no counterpart.`);
  if (condition) return notConverted('A header under a condition has no counterpart.');
  if (/^strict-transport-security$/i.test(name)) {
    const age = /max-age=(\d+)/i.exec(value)?.[1];
    return apply(
      found,
      {
        hsts: {
          maxAgeSeconds: Math.min(Number(age ?? 0), 63072000),
          includeSubdomains: /includeSubDomains/i.test(value),
          preload: /preload/i.test(value),
        },
      },
      null,
    );
  }
  if (/^access-control-allow-origin$/i.test(name)) return apply(found, { cors: { origins: [value] } }, null);
  if (/^access-control-/i.test(name)) return notConverted('Set this in the CORS settings of the site.');
  const others = (found.directives.headers ?? []).filter(
    (header) => header.name.toLowerCase() !== name.toLowerCase(),
  );
  return apply(found, { headers: [...others, { name, value }] }, null);
}
