import { lookup, Resolver } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { FieldError, z } from '@tenpanel/sdk';

/** IANA special-purpose registries: nothing that a customer may reach through the server. */
const PRIVATE: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
// Global unicast is 2000::/3; of it these lead back into IPv4 or are for documents.
const NOT_GLOBAL: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refused = new BlockList();
for (const [net, bits] of PRIVATE) refused.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of NOT_GLOBAL) refused.addSubnet(net, bits, 'ipv6');
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');

/** Is this an address of the public internet? */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refused.check(address, 'ipv4');
  return family === 6 && global.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}

/** The parts of a target address, or 422. */
export function parseTarget(raw: string, allowPrivate: boolean): URL {
  const fail = (code: string, message: string): never => {
    throw new FieldError(['proxy', 'url'], `web.${code}`, message);
  };
  if (!URL.canParse(raw) || /[\s$"'\\{};<>|`^]/.test(raw))
    return fail('targetForm', 'Write an address such as https://app.example.com or http://192.0.2.10:8080.');
  const url = new URL(raw);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return fail('targetScheme', 'The address must begin with http:// or https://.');
  if (url.username || url.password || url.search || url.hash)
    return fail('targetParts', 'Leave out user, password, query and fragment.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (
    !z
      .string()
      .regex(/^[a-z0-9.:-]+$/)
      .safeParse(host).success
  )
    return fail('targetHost', 'The host name holds signs that it cannot have.');
  if (
    !allowPrivate &&
    ((isIP(host) !== 0 && !isPublic(host)) ||
      !/[.:]/.test(host) ||
      /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/.test(host))
  ) {
    return fail(
      'targetInside',
      'This address lies inside the server or its private network. Only an administrator can forward to it.',
    );
  }
  return url;
}

/** The addresses that may be used for a target now, sorted; empty when there are none within a few seconds. */
export async function resolveTarget(url: string, allowPrivate: boolean): Promise<string[]> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const found = isIP(host) ? [host] : await ask(host, allowPrivate);
  const unmapped = [...new Set(found.map((address) => address.replace(/^::ffff:(?=\d+\.)/i, '')))];
  return unmapped
    .filter((address) => allowPrivate || isPublic(address))
    .sort()
    .slice(0, 8);
}

/**
 * By DNS itself: the system's look-up blocks one of the process's few threads for as long as a dead server lasts.
 * Names of the private network are in /etc/hosts as well, and only the system knows that file.
 */
async function ask(host: string, allowPrivate: boolean): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const [four, six] = await Promise.all([
    resolver.resolve4(host).catch((): string[] => []),
    resolver.resolve6(host).catch((): string[] => []),
  ]);
  if (four.length + six.length > 0 || !allowPrivate) return [...four, ...six];
  return lookup(host, { all: true }).then(
    (all) => all.map(({ address }) => address),
    () => [],
  );
}
