import { FakeAgent, startTestPanel, type TestPanel } from '@tenpanel/testing';
import type { Actor } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteEntity } from './sites/site-entity.js';

interface Shown {
  id: number;
  status: string;
  enabled: boolean;
  ttl: number;
  bypassPaths: string[];
  vcl: { recv: string } | null;
  conditions: { type: string; message: string }[];
}
interface Problem {
  code: string;
  detail: string;
}

const plugins = ['..', '../../accounts/', '../../web-nginx/'].map((path) => new URL(path, import.meta.url));
const agent = new FakeAgent();
const systemActor: Actor = {
  kind: 'system',
  userId: null,
  name: 'test',
  role: 'admin',
  tenantId: 1,
  path: '/',
  permissions: new Set(),
  scope: null,
  onBehalfOf: null,
};
const loaded = new Map<string, string | null>();
let panel: TestPanel;
let account: number;
let site: number;

beforeAll(async () => {
  const { commands } = agent.state;
  commands.set('varnish/vclList', () => ({
    stdout: [...loaded]
      .map(([name, target]) => `available auto warm 0 ${name}${target ? ` -> ${target}` : ''}`)
      .join('\n'),
  }));
  commands.set(
    'varnish/vclLoad',
    ({ site: id, generation }) => (loaded.set(`tp_site_${id}_${generation}`, null), {}),
  );
  commands.set(
    'varnish/vclLabel',
    ({ site: id, generation }) => (loaded.set(`tp_site_${id}`, `tp_site_${id}_${generation}`), {}),
  );
  commands.set('varnish/vclDiscard', ({ name }) => (loaded.delete(String(name)), {}));
  commands.set('varnish/stats', () => ({
    stdout: JSON.stringify({
      counters: {
        'MAIN.cache_hit': { value: 30 },
        'MAIN.cache_miss': { value: 10 },
        'SMA.s0.g_bytes': { value: 5 },
      },
    }),
  }));
  panel = await startTestPanel({ plugins, agent });
  const plan = (await panel.api.post<{ id: number }>('/plans', { name: 'basic', limits: {} })).body.id;
  account = (await panel.api.post<{ account: { id: number } }>('/accounts', { name: 'alice', plan })).body
    .account.id;
  site = await makeSite('shop.example.com', { cache: { ttl: 300 } });
});
afterAll(() => panel?.stop());

async function makeSite(domain: string, extra: Record<string, unknown> = {}): Promise<number> {
  const { status, body } = await panel.api.post<{ id: number }>('/vhosts', {
    account,
    domain,
    type: 'static',
    extra,
  });
  expect(status, JSON.stringify(body)).toBe(202);
  await panel.settle();
  return body.id;
}

const show = async () => (await panel.api.get<Shown>(`/vhosts/${site}/cache`)).body;
const vhostText = (id = site) =>
  panel.agent
    .filesOf(`vhost/${id}`)
    .map((file) => file.content)
    .join('\n');
const main = () => panel.agent.file('/etc/varnish/tenpanel/main.vcl') ?? '';
const bans = () => agent.callsOf('exec').filter(({ command }) => command.startsWith('ban'));

describe('the cache server', () => {
  it('gets its files and runs, and names no site', () => {
    expect(panel.agent.file('/etc/varnish/tenpanel/policy.vcl')).toContain(
      '.path = "/run/tenpanel-web/backend.sock"',
    );
    expect(panel.agent.file('/etc/varnish/tenpanel/environment')).toBe('TENPANEL_STORAGE=256m\n');
    expect(agent.state.services.get('varnish/varnish')).toMatchObject({ state: 'running', enabled: true });
    expect(main()).not.toContain('shop');
    expect(main()).not.toContain('vcl(tp_site');
  });

  it('tells how it does', async () => {
    expect((await panel.api.get('/cache')).body).toMatchObject({
      state: 'running',
      hitRatio: 0.75,
      hits: 30,
      misses: 10,
      memoryUsedBytes: 5,
    });
    expect((await (await panel.as('client')).get('/cache')).status).toBe(403);
  });
});

describe('the policy of a site', () => {
  it('comes with the site and travels in the web server’s file', async () => {
    expect(await show()).toMatchObject({ enabled: true, ttl: 300, vcl: null, status: 'active' });
    expect(vhostText()).toContain('on;ttl=300;grace=600;query=drop');
  });

  it('is changed in the web server’s file; Varnish only forgets what it kept by the former one', async () => {
    agent.calls.length = 0;
    const { status } = await panel.api.patch(`/vhosts/${site}/cache`, {
      bypassPaths: ['/cart/', '/me'],
      ignoreCookies: ['lang'],
      ttl: 60,
    });
    expect(status).toBe(202);
    await panel.settle();
    expect(vhostText()).toContain('on;ttl=60;grace=600;bypass=/cart,/me;ignore=lang;query=drop');
    expect(agent.callsOf('exec').map(({ command }) => command)).toEqual(['ping', 'banSite']);
    await panel.api.patch(`/vhosts/${site}/cache`, { enabled: false });
    await panel.settle();
    expect(vhostText()).not.toContain('on;ttl=');
    await panel.api.patch(`/vhosts/${site}/cache`, { enabled: true });
  });

  it.each([
    [{ ttl: 0 }],
    [{ ttl: 604_801 }],
    [{ bypassPaths: ['cart'] }],
    [{ bypassPaths: ['/'] }],
    [{ bypassPaths: ['/a;ttl=9'] }],
    [{ bypassPaths: ['/a,b'] }],
    [{ bypassPaths: ['/a\nX-Evil: 1'] }],
    [{ bypassPaths: ['/$host'] }],
    [{ ignoreCookies: ['a b'] }],
    [{ ignoreCookies: ['a;b'] }],
    [{ queryStrings: 'none' }],
    [{ header: 'on' }],
  ])('cannot be %j', async (change) => {
    expect((await panel.api.patch(`/vhosts/${site}/cache`, change)).status).toBe(422);
  });

  it('is emptied for a site whose configuration has changed, once it is live, and for no other', async () => {
    const bans = (): unknown[] =>
      agent
        .callsOf('exec')
        .filter(({ command, args }) => command === 'banSite' && args['site'] === String(site));
    const other = await makeSite('still.example.com');
    const before = bans().length;
    const all = agent.calls.length;
    await panel.api.patch(`/vhosts/${site}`, { documentRoot: 'public_html/web' });
    await panel.settle();
    expect(bans()).toHaveLength(before + 1);
    const operations = agent.calls.slice(all);
    const applied = operations.findIndex(
      ({ operation, args }) => operation === 'config.apply' && args['resource'] === `vhost/${site}`,
    );
    const banned = operations.findIndex(({ args }) => args['command'] === 'banSite');
    expect(applied).toBeGreaterThan(-1);
    expect(banned).toBeGreaterThan(applied);
    // Written again, but as it was.
    await panel.kernel.db.transaction('/', async (em) => {
      await panel.kernel.desired.for(em, systemActor).touch('vhost', [site, other]);
    });
    await panel.settle();
    expect(bans()).toHaveLength(before + 1);
    expect(agent.callsOf('exec').some(({ args }) => args['site'] === String(other))).toBe(false);
  });

  it('is nobody else’s business', async () => {
    const stranger = await panel.as('client');
    expect((await stranger.get(`/vhosts/${site}/cache`)).status).toBe(404);
    expect((await stranger.patch(`/vhosts/${site}/cache`, { ttl: 5 })).status).toBe(404);
    expect((await stranger.post(`/vhosts/${site}/cache/purge`, { all: true })).status).toBe(404);
    expect((await stranger.put(`/vhosts/${site}/cache/vcl`, {})).status).toBe(403);
  });
});

describe('a purge', () => {
  it.each([
    [{ all: true }, 'banSite', {}],
    [{ url: '/blog/*' }, 'banUrl', { pattern: '^/blog/' }],
    [{ tag: 'post-1' }, 'banTag', { pattern: ',post-1,' }],
  ])('of %j names the site', async (body, command, args) => {
    agent.calls.length = 0;
    expect(await panel.api.post(`/vhosts/${site}/cache/purge`, body)).toMatchObject({
      status: 200,
      body: { purged: true },
    });
    expect(bans()).toEqual([{ driver: 'varnish', command, args: { site: String(site), ...args } }]);
  });

  it.each([
    [{ url: 'x' }],
    [{ url: '/a" || 1' }],
    [{ tag: 'a,b' }],
    [{ all: false }],
    [{}],
    [{ url: '/a', tag: 'b' }],
  ])('of %j is refused', async (body) => {
    agent.calls.length = 0;
    expect((await panel.api.post(`/vhosts/${site}/cache/purge`, body)).status).toBe(422);
    expect(bans()).toEqual([]);
  });

  it('tells plainly when Varnish does not answer', async () => {
    agent.state.commands.set('varnish/banSite', () => ({
      exitCode: 1,
      stderr: 'Could not get hold of varnishd, is it running?',
    }));
    const { status, body } = await panel.api.post<Problem>(`/vhosts/${site}/cache/purge`, { all: true });
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'cache.refused' });
    agent.state.commands.delete('varnish/banSite');
  });
});

describe('VCL of a site’s own', () => {
  it('is compiled and loaded before the dispatcher sends the site there', async () => {
    agent.calls.length = 0;
    expect(
      (await panel.api.put(`/vhosts/${site}/cache/vcl`, { recv: 'if (req.url ~ "^/x") { return (pass); }' }))
        .status,
    ).toBe(202);
    await panel.settle();
    expect(await show()).toMatchObject({ status: 'active' });
    expect(panel.agent.file(`/etc/varnish/tenpanel/sites/${site}.vcl`)).toContain('return (pass);');
    expect(main()).toContain(`return (vcl(tp_site_${site}));`);
    const order = agent.calls.map(
      ({ operation, args }) => `${operation} ${String(args['command'] ?? args['service'])}`,
    );
    const at = (what: string) => order.lastIndexOf(what);
    expect(at('exec vclCheck')).toBeLessThan(at('exec vclLoad'));
    expect(at('exec vclLoad')).toBeLessThan(at('exec vclLabel'));
    expect(at('exec vclLabel')).toBeLessThan(at('config.apply varnish'));
    expect(loaded.get(`tp_site_${site}`)).toMatch(new RegExp(`^tp_site_${site}_\\d+$`));
  });

  it('stays with its former words when the new ones do not compile', async () => {
    const before = loaded.get(`tp_site_${site}`);
    agent.state.commands.set('varnish/vclCheck', () => ({
      exitCode: 2,
      stderr: 'Message from VCC-compiler: Expected a number',
    }));
    await panel.api.put(`/vhosts/${site}/cache/vcl`, { deliver: 'set resp.http.X = "a";' });
    await panel.settle();
    const shown = await show();
    expect(shown.status).toBe('degraded');
    expect(JSON.stringify(shown.conditions)).toContain('Expected a number');
    expect(loaded.get(`tp_site_${site}`)).toBe(before);
    agent.state.commands.delete('varnish/vclCheck');
    await panel.settle();
  });

  it('is taken away again', async () => {
    expect((await panel.api.delete(`/vhosts/${site}/cache/vcl`)).status).toBe(202);
    await panel.settle();
    expect(main()).not.toContain('vcl(tp_site');
    expect([...loaded.keys()].filter((name) => name.startsWith('tp_site'))).toEqual([]);
    expect(panel.agent.file(`/etc/varnish/tenpanel/sites/${site}.vcl`)).toBeNull();
  });

  it.each(['import std;', 'C{ x }C', 'set req.http.Host = "b";', 'return (vcl(tp_site_2));'])(
    'is refused when it says %s',
    async (recv) => {
      const { status, body } = await panel.api.put<Problem>(`/vhosts/${site}/cache/vcl`, { recv });
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'cache.badVcl' });
    },
  );
});

describe('a site that goes', () => {
  it('is forgotten by the cache', async () => {
    const gone = await makeSite('gone.example.com');
    agent.calls.length = 0;
    await panel.api.delete(`/vhosts/${gone}`);
    await panel.settle();
    expect(bans().some(({ args }) => args['site'] === String(gone))).toBe(true);
    expect((await panel.api.get(`/vhosts/${gone}/cache`)).status).toBe(404);
  });
});

describe('an account that goes', () => {
  it('takes the policies of its sites along', async () => {
    const { body: plan } = await panel.api.post<{ id: number }>('/plans', { name: 'other', limits: {} });
    const { body } = await panel.api.post<{ account: { id: number } }>('/accounts', {
      name: 'bob',
      plan: plan.id,
    });
    const bobs = await panel.api.post<{ id: number }>('/vhosts', {
      account: body.account.id,
      domain: 'bob.example.com',
      type: 'static',
    });
    await panel.settle();
    await panel.kernel.db.transaction('/', (em) => {
      const desired = panel.kernel.desired.for(em, systemActor);
      const account = {
        id: body.account.id,
        tenantId: 1,
        name: 'bob',
        home: '/home/bob',
        planId: plan.id,
        suspended: true,
        suspendedReason: null,
        ready: true,
      };
      return panel.kernel.hooks
        .runner(em, systemActor, desired)
        .run('account.delete', { accountId: account.id }, async () => ({
          subject: account,
          fact: { accountId: account.id, name: 'bob' },
        }));
    });
    await panel.settle();
    const left = await panel.kernel.db.read('/', (em) => em.count(siteEntity, { siteId: bobs.body.id }));
    expect(left).toBe(0);
  });
});

describe('the cache disabled', () => {
  it('leaves the sites served without it', async () => {
    await panel.restart({ plugins: plugins.slice(1) });
    // The web server's own schedule looks at its shared part; a new site asks for the same.
    await makeSite('later.example.com');
    const shared = [...agent.state.files.values()]
      .filter((file) => file.driver === 'web-nginx')
      .map((file) => file.content)
      .join('\n');
    expect(shared).not.toContain('varnish.sock');
  });
});
