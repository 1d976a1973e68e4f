import { domainToASCII } from 'node:url';
import { isIP } from 'node:net';
import { getDomain, getPublicSuffix } from 'tldts';
import { z } from 'zod';

/**
 * Never part of a value that a person types into one line: control characters, the marks that let text be read in
 * another order than it is written (CVE-2021-42574), and halves of surrogate pairs, which no database can store.
 */
export const controlCharacters =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
// domainToASCII alone strips CR/LF/TAB, decodes %70, accepts `a.com;x` and turns 127.1 into an address.
// eslint-disable-next-line no-control-regex
const REFUSED = /[\u0000-\u0020\u007f%/\\@:;]/;

export type DomainProblem = 'missing' | 'characters' | 'labels' | 'address' | 'suffix' | 'length';

/**
 * Parse a host name as people type it into its ASCII form (RFC 1035, RFC 5890), or say why not.
 * A public suffix (`co.uk`) and an IP address are no domains.
 */
export function parseDomain(
  raw: string,
): { ok: true; domain: string } | { ok: false; problem: DomainProblem } {
  if (raw === '') return { ok: false, problem: 'missing' };
  if (REFUSED.test(raw) || controlCharacters.test(raw)) return { ok: false, problem: 'characters' };
  if (raw.length > 253) return { ok: false, problem: 'length' };
  const ascii = domainToASCII(raw.toLowerCase());
  if (ascii === '') return { ok: false, problem: 'characters' };
  if (isIP(ascii) !== 0) return { ok: false, problem: 'address' };
  const labels = ascii.split('.');
  if (ascii.length > 253) return { ok: false, problem: 'length' };
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)) || /^\d+$/.test(labels.at(-1) ?? '')) {
    return { ok: false, problem: 'labels' };
  }
  if (getPublicSuffix(ascii, { allowPrivateDomains: true }) === ascii)
    return { ok: false, problem: 'suffix' };
  return { ok: true, domain: ascii };
}

/** The part of a name that somebody registers: `example.co.uk` for `www.example.co.uk`. Takes a parsed name. */
export function registrableDomain(domain: string): string {
  return getDomain(domain, { allowPrivateDomains: true }) ?? domain;
}

const PROBLEMS: Record<DomainProblem, string> = {
  missing: 'Write a domain name such as example.com.',
  characters: 'A domain name holds only letters, digits, dashes and dots. Remove spaces and other signs.',
  labels:
    'Write a full domain name such as example.com, without empty parts and without a dash at a part’s start or end.',
  address: 'This is an IP address. Write a domain name such as example.com.',
  suffix: 'Nobody can own this name: it is a public suffix. Write a name below it, such as example.com.',
  length: 'A domain name has at most 253 characters.',
};

export type DomainName = string & z.$brand<'DomainName'>;

/** A domain name in ASCII form. */
export const domainName = z
  .string()
  .max(1024)
  .transform((raw, ctx) => {
    const parsed = parseDomain(raw);
    if (parsed.ok) return parsed.domain as DomainName;
    ctx.addIssue({ code: 'custom', message: PROBLEMS[parsed.problem] });
    return z.NEVER;
  })
  .meta({
    type: 'string',
    format: 'hostname',
    description: 'A domain name; international names are taken and answered in ASCII form.',
  });

/** `*.example.com` or a domain name. */
export const domainOrWildcard = z
  .string()
  .max(1024)
  .transform((raw, ctx) => {
    const wildcard = raw.startsWith('*.');
    const parsed = parseDomain(wildcard ? raw.slice(2) : raw);
    if (parsed.ok) return wildcard ? `*.${parsed.domain}` : parsed.domain;
    ctx.addIssue({ code: 'custom', message: PROBLEMS[parsed.problem] });
    return z.NEVER;
  })
  .meta({ type: 'string' });

const RESERVED_ACCOUNTS = new Set(
  (
    'root admin administrator daemon bin sys sync games man lp mail news uucp proxy backup list irc gnats nobody operator ' +
    'sshd nginx apache apache2 httpd www wwwdata varnish vcache mysql mariadb postgres redis named bind dovecot dovenull postfix ' +
    'postdrop vmail opendkim rspamd amavis clamav ftp vsftpd tenpanel tenpanelweb systemd messagebus dbus polkitd chrony ntp tss ' +
    'crowdsec prometheus grafana nodeexporter pebble docker git svn test users staff shadow sudo wheel adm tty disk kmem video audio ' +
    'localhost hostmaster postmaster webmaster abuse'
  ).split(' '),
);

export type AccountName = string & z.$brand<'AccountName'>;

/** The Unix user of an account. */
export const accountName = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,15}$/, 'Use 2 to 16 lower case letters and digits, starting with a letter.')
  .refine(
    (name) => !RESERVED_ACCOUNTS.has(name) && !name.startsWith('tenpanel') && !name.startsWith('systemd'),
    'This name belongs to the system. Choose another one.',
  )
  .transform((name) => name as AccountName)
  .meta({ type: 'string', pattern: '^[a-z][a-z0-9]{1,15}$' });

/** One line of text that people read: no control characters, trimmed. */
export const lineOfText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !controlCharacters.test(text), 'Write it on one line, without control characters.')
    .transform((text) => text.trim());

/**
 * Text of several lines (a template, a note). Every other string of a request is refused by the panel when it holds a
 * control character, line breaks included, before its schema is asked; this one may hold tabs and line breaks.
 */
export const textBlock = (max: number) =>
  z
    .string()
    .max(max)
    .transform((text) => text.replaceAll('\r\n', '\n'))
    .meta({ type: 'string', 'x-multiline': true });

/** Numeric id in a path. */
export const idParam = z.coerce.number().int().positive().max(2_147_483_647);

/** `?limit&cursor&sort` of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
  sort: z.string().max(64).optional(),
};

/** The body of one page. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable(), total: z.number().int().optional() });

export const conditionSchema = z.strictObject({
  type: z.string(),
  status: z.enum(['true', 'false', 'unknown']),
  reason: z.string(),
  message: z.string(),
  since: z.string(),
});

/** What every resource shows beside its own fields. */
export const resourceReply = {
  id: z.number().int(),
  status: z.enum(['active', 'provisioning', 'degraded', 'suspended', 'deleting']),
  generation: z.number().int(),
  conditions: z.array(conditionSchema),
  createdAt: z.string(),
  updatedAt: z.string(),
};
