import { manifestSchema } from '@tenpanel/sdk';
import { describe, expect, it } from 'vitest';
import type { Candidate } from './candidate.js';
import { resolvePlugins } from './resolve-plugins.js';

function plugin(
  id: string,
  manifest: Record<string, unknown> = {},
  more: Partial<Candidate> = {},
): Candidate {
  return {
    id,
    dir: `/plugins/${id}`,
    package: id,
    version: '1.0.0',
    manifest: manifestSchema.parse({ id, api: '^1.0.0', tier: 'local', title: id, ...manifest }),
    entry: `/plugins/${id}/index.js`,
    tier: 'local',
    essential: false,
    onByDefault: true,
    driver: null,
    ...more,
  };
}

const resolve = (...plugins: Candidate[]) => resolvePlugins(plugins, { identity: '1.2.0' }, '1.0.0');
const order = (...plugins: Candidate[]) => resolve(...plugins).order.map(({ id }) => id);
const reason = (id: string, ...plugins: Candidate[]) => resolve(...plugins).blocked.get(id);

describe('resolving plugins', () => {
  it('puts providers before those who need them, whatever the order of the folders', () => {
    const web = plugin('web', { provides: { web: '1.0.0' }, requires: { accounts: '^1.0.0' } });
    const accounts = plugin('zz-accounts', {
      provides: { accounts: '1.3.0' },
      requires: { identity: '^1.0.0' },
    });
    const php = plugin('a-php', { requires: { web: '^1.0.0' } });
    expect(order(php, web, accounts)).toEqual(['zz-accounts', 'web', 'a-php']);
  });

  it('starts an optional provider first, but not when that would close a circle', () => {
    const cache = plugin('b-cache', { provides: { cache: '1.0.0' } });
    expect(order(plugin('a-site', { optional: { cache: '^1.0.0' } }), cache)).toEqual(['b-cache', 'a-site']);
    const needsSite = plugin('b-cache', { provides: { cache: '1.0.0' }, requires: { site: '^1.0.0' } });
    const site = plugin('a-site', { provides: { site: '1.0.0' }, optional: { cache: '^1.0.0' } });
    expect(order(needsSite, site)).toEqual(['a-site', 'b-cache']);
  });

  it('blocks what was written for another API and says both versions', () => {
    expect(reason('old', plugin('old', { api: '^0.3.0' }))).toBe(
      'It was written for plugin API ^0.3.0; this panel offers 1.0.0. Install a version of the plugin that fits.',
    );
    expect(reason('odd', plugin('odd', { api: 'newest please' }))).toMatch(/no version range/);
  });

  it('blocks on a missing capability, and all that hangs on the blocked one, with the root cause', () => {
    const dns = plugin('dns', { provides: { dns: '1.0.0' }, requires: { bind: '^9.0.0' } });
    const mail = plugin('mail', { requires: { dns: '^1.0.0' } });
    const other = plugin('other');
    expect(order(dns, mail, other)).toEqual(['other']);
    expect(reason('dns', dns, mail, other)).toBe(
      'It needs bind ^9.0.0, which no enabled plugin provides. Enable or install one that does.',
    );
    expect(reason('mail', dns, mail, other)).toMatch(
      /^It needs dns from dns, which does not run: It needs bind/,
    );
  });

  it('blocks on a capability in the wrong version', () => {
    const web = plugin('web', { provides: { web: '1.0.0' } });
    expect(reason('app', web, plugin('app', { requires: { web: '^2.0.0' } }))).toBe(
      'It needs web ^2.0.0; web provides 1.0.0.',
    );
    expect(reason('app', plugin('app', { requires: { identity: '^2.0.0' } }))).toBe(
      'It needs identity ^2.0.0; the panel provides 1.2.0.',
    );
  });

  it('names a circle and lets the others run', () => {
    const a = plugin('a', { provides: { a: '1.0.0' }, requires: { b: '^1.0.0' } });
    const b = plugin('b', { provides: { b: '1.0.0' }, requires: { a: '^1.0.0' } });
    const hanger = plugin('hanger', { requires: { a: '^1.0.0' } });
    expect(order(a, b, hanger, plugin('free'))).toEqual(['free']);
    expect(reason('a', a, b, hanger)).toBe('It needs itself in a circle: a -> b -> a.');
    expect(reason('hanger', a, b, hanger)).toMatch(/needs a from a, which does not run/);
  });

  it('lets the vouched one win between two providers of the same thing', () => {
    const core = plugin('web-nginx', { provides: { web: '1.0.0' } }, { tier: 'core' });
    const local = plugin('a-web', { provides: { web: '1.0.0' } });
    expect(order(local, core)).toEqual(['web-nginx']);
    expect(reason('a-web', local, core)).toBe(
      'It provides web, and so does web-nginx. Disable one of the two: web-nginx or a-web.',
    );
  });

  it('keeps apart what conflicts', () => {
    const web = plugin('web', { provides: { web: '1.0.0' } }, { tier: 'core' });
    const enemy = plugin('enemy', { conflicts: { web: '*' } });
    expect(order(enemy, web)).toEqual(['web']);
    expect(reason('enemy', enemy, web)).toMatch(/cannot run beside web, which web provides/);
  });

  it('lets nobody replace what the panel itself provides', () => {
    expect(reason('thief', plugin('thief', { provides: { identity: '9.0.0' } }))).toBe(
      'It provides identity, which the panel itself provides.',
    );
  });

  it('blocks what needs a barred plugin', () => {
    const web = plugin('web', { provides: { web: '1.0.0' } });
    const app = plugin('app', { requires: { web: '^1.0.0' } });
    const { order: left, blocked } = resolvePlugins(
      [web, app],
      {},
      '1.0.0',
      new Map([['web', 'Its host driver is not approved yet.']]),
    );
    expect(left).toEqual([]);
    expect(blocked.get('app')).toMatch(/needs web from web, which does not run: Its host driver/);
  });
});
