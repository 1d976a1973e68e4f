import { FieldError, type AccountFacts } from '@tenpanel/sdk';
import type { SiteChange } from '../spec/site-fields.js';
import { vhostSpec, type VhostSpec } from '../spec/vhost-spec.js';
import { parseTarget } from './proxy-target.js';
import { sha512Crypt } from './sha512-crypt.js';

/** The spec of a new site, or of one with some fields replaced. Throws `FieldError` where fields do not fit each other. */
export function mergeSite(
  base: VhostSpec | { account: AccountFacts; domain: string },
  change: SiteChange,
  mayGoPrivate: boolean,
): VhostSpec {
  const former = 'accountId' in base ? base : newSpec(base);
  const { extra: _extra, passwords, ...fields } = change;
  const named = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const spec = vhostSpec.parse({
    ...former,
    ...named,
    ...(passwords ? { passwords: hashPasswords(former, passwords) } : {}),
  });
  checkType(spec, mayGoPrivate, former);
  checkDoubles(spec);
  return spec;
}

function newSpec({ account, domain }: { account: AccountFacts; domain: string }): VhostSpec {
  return vhostSpec.parse({
    accountId: account.id,
    account: account.name,
    home: account.home,
    domain,
    type: 'php',
  });
}

function checkType(spec: VhostSpec, mayGoPrivate: boolean, former: VhostSpec): void {
  if (spec.type === 'proxy') {
    if (!spec.proxy)
      throw new FieldError(
        ['proxy'],
        'web.proxyTargetMissing',
        'A proxy site needs the address that it forwards to: {"url": "https://app.example.com"}.',
      );
    // Who may not set it may keep what an administrator has set.
    if (
      spec.proxy.allowPrivate &&
      !mayGoPrivate &&
      JSON.stringify(spec.proxy) !== JSON.stringify(former.proxy)
    ) {
      throw new FieldError(
        ['proxy', 'allowPrivate'],
        'web.privateTarget',
        'Only an administrator can let a site forward to private addresses.',
      );
    }
    parseTarget(spec.proxy.url, spec.proxy.allowPrivate);
  }
  if (spec.type === 'redirect' && !spec.redirectTo)
    throw new FieldError(
      ['redirectTo'],
      'web.redirectTargetMissing',
      'A redirect site needs the address that it leads to: {"url": "https://example.com"}.',
    );
  if (spec.www !== 'none' && spec.domain.startsWith('*.'))
    throw new FieldError(['www'], 'web.noWww', 'A wildcard has no www name.');
}

function checkDoubles(spec: VhostSpec): void {
  const twice = (values: readonly string[]): number =>
    values.findIndex((value, at) => values.indexOf(value) !== at);
  const path = twice(spec.passwords.map((rule) => rule.path.replace(/\/+$/, '')));
  if (path !== -1)
    throw new FieldError(
      ['passwords', path, 'path'],
      'web.pathTwice',
      'This path is protected twice. Put its users together.',
    );
  const status = twice(spec.errorPages.map((page) => String(page.status)));
  if (status !== -1)
    throw new FieldError(
      ['errorPages', status, 'status'],
      'web.statusTwice',
      'There are two pages for this status. Keep one.',
    );
  const alias = spec.aliases.indexOf(spec.domain);
  if (alias !== -1)
    throw new FieldError(
      ['aliases', alias],
      'web.aliasIsDomain',
      'This is the site’s own name already. Leave it out.',
    );
}

function hashPasswords(
  former: VhostSpec,
  rules: NonNullable<SiteChange['passwords']>,
): VhostSpec['passwords'] {
  return rules.map((rule, at) => ({
    path: rule.path,
    realm: rule.realm,
    users: rule.users.map(({ name, password }, index) => {
      if (password !== undefined) return { name, hash: sha512Crypt(password) };
      const known = former.passwords
        .find(({ path }) => path === rule.path)
        ?.users.find((user) => user.name === name);
      if (!known)
        throw new FieldError(
          ['passwords', at, 'users', index, 'password'],
          'web.passwordMissing',
          `Give ${name} a password.`,
          { name },
        );
      return known;
    }),
  }));
}
