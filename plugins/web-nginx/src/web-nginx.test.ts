import { startTestPanel, type ApiClient, type TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Site {
  id: number;
  domain: string;
  status: string;
  conditions: { type: string; status: string; message: string }[];
  passwords: unknown;
  aliases: string[];
  names: string[];
  rewrite: { preset: string };
}
interface Problem {
  code: string;
  status: number;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}

let panel: TestPanel;
let api: ApiClient;
let plan: number;
let account: number;

async function newAccount(name: string, ownerTenantId?: number): Promise<number> {
  const { body, status } = await api.post<{ account: { id: number } }>('/accounts', {
    name,
    plan,
    ...(ownerTenantId ? { ownerTenantId } : {}),
  });
  if (status >= 300) throw new Error(JSON.stringify(body));
  await panel.settle();
  return body.account.id;
}

async function newSite(values: Record<string, unknown>, as = api): Promise<Site> {
  const { body, status } = await as.post<Site>('/vhosts', { account, type: 'static', ...values });
  if (status >= 300) throw new Error(JSON.stringify(body));
  await panel.settle();
  return (await as.get<Site>(`/vhosts/${body.id}`)).body;
}

const file = (path: string): string => panel.agent.file(path) ?? '';
const inHome = (name: string, path: string): string | undefined =>
  panel.agent.state.tenants.get(name)?.get(path)?.content.toString('utf8');

beforeAll(async () => {
  panel = await startTestPanel({
    plugins: [new URL('../../accounts/', import.meta.url), new URL('..', import.meta.url)],
  });
  ({ api } = panel);
  const made = await api.post<{ id: number }>('/plans', {
    name: 'standard',
    limits: { sites: 40, aliases: 4 },
  });
  plan = made.body.id;
  account = await newAccount('alice');
}, 120_000);
afterAll(() => panel?.stop());

describe('a site', () => {
  it('is folders, a page and one small file', async () => {
    const site = await newSite({ domain: 'example.com', aliases: ['*.example.com'] });
    expect(site).toMatchObject({
      domain: 'example.com',
      status: 'active',
      names: ['example.com', '*.example.com'],
    });
    const conf = file('/etc/nginx/conf.d/tp-example.com.conf');
    expect(conf).toContain('server_name example.com *.example.com;');
    expect(conf.split('\n').length).toBeLessThan(25);
    expect(inHome('alice', 'domains/example.com/public_html/index.html')).toContain('Your new site is ready');
  });

  it('has the shared files beside it, written once', () => {
    expect(file('/etc/nginx/conf.d/tp-00-shared.conf')).toContain('upstream tenpanel_origin');
    expect(file('/etc/nginx/tenpanel/origin.conf')).toContain('X-Tenpanel-Root $tp_root');
    expect(file('/etc/logrotate.d/tenpanel-web')).toContain('delaycompress');
  });

  it('says that PHP is missing while no plugin runs it', async () => {
    const site = await newSite({ domain: 'app.example.org', type: 'php' });
    expect(site.status).toBe('active');
    expect(site.conditions.find(({ type }) => type === 'Php')).toMatchObject({ status: 'false' });
  });

  it('takes an international name and answers both of its forms', async () => {
    const site = await newSite({ domain: 'bücher.example' });
    expect(site).toMatchObject({ domain: 'xn--bcher-kva.example', displayName: 'bücher.example' });
  });

  it('forwards to the addresses that were checked, never to a name', async () => {
    const site = await newSite({
      domain: 'proxy.example',
      type: 'proxy',
      proxy: { url: 'http://93.184.216.34:8080/app' },
    });
    expect(site.status).toBe('active');
    const { body } = await api.get<{ files: { content: string }[] }>(`/vhosts/${site.id}/config`);
    expect(body.files[0]?.content).toContain('server 93.184.216.34:8080;');
  });

  it.each([
    ['test..com', '/domain'],
    ['a.com;x', '/domain'],
    ['127.1', '/domain'],
    ['co.uk', '/domain'],
  ])('is refused under the name %s', async (domain, pointer) => {
    const { status, body } = await api.post<Problem>('/vhosts', { account, domain });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain(pointer.slice(1));
  });

  it('cannot share a name with another site, not even of the same account', async () => {
    const twice = await api.post<Problem>('/vhosts', { account, domain: 'example.com' });
    expect(twice.status).toBe(409);
    const alias = await api.post<Problem>('/vhosts', {
      account,
      domain: 'second.example',
      aliases: ['example.com'],
    });
    expect(alias).toMatchObject({ status: 422, body: { code: 'web.nameInUse' } });
  });

  it('shows the diff of a change before it is made', async () => {
    const { body, status } = await api.send<{ changes: { absolute: string; diff: string }[] }>(
      'POST',
      '/vhosts',
      { body: { account, domain: 'preview.example', type: 'static' }, query: { dryRun: true } },
    );
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('tp-preview.example.conf');
    expect(file('/etc/nginx/conf.d/tp-preview.example.conf')).toBe('');
  });
});

describe('changing a site', () => {
  it('keeps what is not named, and writes what is', async () => {
    const site = await newSite({
      domain: 'change.example',
      redirects: [{ match: 'exact', from: '/a', to: '/b' }],
    });
    const { status } = await api.patch(`/vhosts/${site.id}`, {
      www: 'toWww',
      directives: { securityHeaders: true },
    });
    expect(status).toBe(202);
    await panel.settle();
    const conf = file('/etc/nginx/conf.d/tp-change.example.conf');
    expect(conf).toContain('server_name change.example www.change.example;');
    expect(conf).toContain('X-Content-Type-Options');
    expect(conf).toContain('return 301 "/b$is_args$args"');
  });

  it.each([
    [{ redirects: [{ match: 'exact', from: '/a;b', to: '/x' }] }],
    [{ redirects: [{ match: 'regex', from: '^(a+)+$', to: '/x' }] }],
    [{ redirects: [{ match: 'exact', from: '/a', to: 'javascript:alert(1)' }] }],
    [{ redirects: [{ match: 'exact', from: '/a', to: '//evil.example' }] }],
    [{ documentRoot: '../../bob' }],
    [{ documentRoot: 'private' }],
    [{ directives: { headers: [{ name: 'Set-Cookie', value: 'a=b' }] } }],
    [{ directives: { headers: [{ name: 'X-A', value: '$http_cookie' }] } }],
    [{ directives: { raw: 'deny all;' } }],
    [{ errorPages: [{ status: 200, path: '/x' }] }],
    [{ type: 'proxy', proxy: { url: 'http://127.0.0.1:8443' } }],
    [{ type: 'proxy', proxy: { url: 'http://[::ffff:10.0.0.1]/' } }],
    [{ type: 'proxy', proxy: { url: 'http://localhost/' } }],
    [{ type: 'proxy', proxy: { url: 'http://2130706433/' } }],
    [{ type: 'redirect' }],
  ])('refuses %j', async (change) => {
    const site = (await api.get<{ items: Site[] }>('/vhosts', { query: { domain: 'change.example' } })).body
      .items[0];
    const { status } = await api.patch<Problem>(`/vhosts/${site?.id}`, change);
    expect(status).toBe(422);
  });

  it('never shows a password again, and keeps it where none is given', async () => {
    const site = await newSite({
      domain: 'locked.example',
      passwords: [{ path: '/admin', users: [{ name: 'anna', password: 'open sesame' }] }],
    });
    const htpasswd = `/etc/nginx/tenpanel/htpasswd/site-${site.id}-1`;
    const before = file(htpasswd);
    expect(before).toMatch(/^anna:\$6\$/);
    expect(JSON.stringify(site)).not.toContain('$6$');
    await api.patch(`/vhosts/${site.id}`, {
      passwords: [
        {
          path: '/admin',
          realm: 'Staff',
          users: [{ name: 'anna' }, { name: 'bert', password: 'another one' }],
        },
      ],
    });
    await panel.settle();
    expect(file(htpasswd).startsWith(before)).toBe(true);
    expect(file(htpasswd).split('\n')[1]).toMatch(/^bert:\$6\$/);
    const missing = await api.patch<Problem>(`/vhosts/${site.id}`, {
      passwords: [{ path: '/admin', users: [{ name: 'carl' }] }],
    });
    expect(missing.status).toBe(422);
    await api.patch(`/vhosts/${site.id}`, { passwords: [] });
    await panel.settle();
    expect(panel.agent.file(htpasswd)).toBeNull();
  });

  it('holds to the plan’s limits', async () => {
    const { status, body } = await api.post<Problem>('/vhosts', {
      account,
      domain: 'many.example',
      type: 'static',
      aliases: ['a.many.example', 'b.many.example', 'c.many.example', 'd.many.example'],
    });
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'limit.reached' });
  });

  it('frees a name that it gives up', async () => {
    const first = await newSite({ domain: 'giver.example', aliases: ['shared.example'] });
    await api.patch(`/vhosts/${first.id}`, { aliases: [] });
    const second = await newSite({ domain: 'taker.example', aliases: ['shared.example'] });
    expect(second.aliases).toEqual(['shared.example']);
  });
});

describe('the server as a whole', () => {
  const facts = async (): Promise<void> => {
    await panel.kernel.registry.schedules
      .find(({ spec }) => spec.name === 'web-server-facts')
      ?.spec.run({ agent: panel.agent.call } as never);
    await panel.settle();
  };

  it('is written when the host changes, and not again when it has not', async () => {
    const applied = (): string[] =>
      panel.agent.calls
        .filter(({ operation }) => operation === 'config.apply')
        .map(({ args }) => String(args['resource']));
    const before = applied().length;
    panel.agent.state.globs.set('web-nginx/caDebian', ['/etc/ssl/certs/ca-certificates.crt']);
    await facts();
    expect(new Set(applied().slice(before))).toContain('web-server/1');
    const again = applied().length;
    await facts();
    expect(applied().slice(again)).toEqual([]);
  });

  it('lets every site listen on IPv6 where the host has it', async () => {
    panel.agent.state.globs.set('web-nginx/ipv6', ['/proc/net/if_inet6']);
    await facts();
    expect(file('/etc/nginx/conf.d/tp-00-shared.conf')).toContain('listen [::]:80 default_server;');
    expect(file('/etc/nginx/conf.d/tp-example.com.conf')).toContain('listen [::]:80;');
  });

  it('shows the distribution’s default site once, and leaves an administrator’s own alone', async () => {
    const { findDefaultSite, clearDefaultSite } = await import('./services/default-site.js');
    panel.agent.state.globs.set('web-nginx/defaultSite', ['/etc/nginx/sites-enabled/default']);
    panel.agent.state.commands.set('web-nginx/defaultSiteTarget', () => ({
      stdout: '/etc/nginx/sites-available/default\n',
    }));
    expect(await findDefaultSite(panel.agent.call)).toBe('distribution');
    panel.agent.state.info.simulated = false;
    const off = (): number =>
      panel.agent.calls.filter(({ args }) => args['command'] === 'defaultSiteOff').length;
    expect([await clearDefaultSite(panel.agent.call), off()]).toEqual([true, 1]);
    panel.agent.state.commands.set('web-nginx/defaultSiteTarget', () => ({ exitCode: 1 }));
    expect([
      await findDefaultSite(panel.agent.call),
      await clearDefaultSite(panel.agent.call),
      off(),
    ]).toEqual(['own', false, 1]);
    panel.agent.state.info.simulated = true;
  });
});

describe('the .htaccess converter', () => {
  it('answers each line, and applies the result when asked', async () => {
    const site = await newSite({ domain: 'htaccess.example' });
    const { body } = await api.post<{ lines: { outcome: string }[]; applied: boolean; site: Site }>(
      `/vhosts/${site.id}/convert-htaccess`,
      {
        text: 'Redirect 301 /old /new\nphp_value memory_limit 1G\n',
        apply: true,
      },
    );
    expect(body.lines.map(({ outcome }) => outcome)).toEqual(['converted', 'notConverted']);
    expect(body.applied).toBe(true);
    await panel.settle();
    expect(file('/etc/nginx/conf.d/tp-htaccess.example.conf')).toContain('return 301 "/new/$1$is_args$args"');
  });
});

describe('sites and their account', () => {
  it('close when it is suspended, and an undo does not open them', async () => {
    const bob = await newAccount('bob');
    const site = await newSite({ account: bob, domain: 'bob.example' });
    await api.post(`/accounts/${bob}/suspend`, { reason: 'unpaid' });
    await panel.settle();
    expect(file('/etc/nginx/conf.d/tp-bob.example.conf')).toContain('include tenpanel/suspended.conf');
    expect((await api.get<Site>(`/vhosts/${site.id}`)).body.status).toBe('suspended');
    await api.post(`/accounts/${bob}/resume`, {});
    await panel.settle();
    expect(file('/etc/nginx/conf.d/tp-bob.example.conf')).toContain('include tenpanel/origin.conf');
  });

  it('are invisible to others', async () => {
    const carol = await panel.as('client');
    const own = await newAccount('carol', carol.me.tenantId);
    const site = await newSite({ account: own, domain: 'carol.example' }, carol);
    const dave = await panel.as('client');
    expect((await dave.get(`/vhosts/${site.id}`)).status).toBe(404);
    expect((await dave.patch(`/vhosts/${site.id}`, { enabled: false })).status).toBe(404);
    expect((await dave.get<{ items: Site[] }>('/vhosts')).body.items).toEqual([]);
    expect((await dave.post('/vhosts', { account: own, domain: 'x.carol.example' })).status).toBe(404);
    expect((await carol.post<Problem>('/vhosts', { account: own, domain: 'sub.example.com' })).status).toBe(
      409,
    );
    const sneaky = await carol.post<Problem>('/vhosts', {
      account: own,
      domain: 'sneaky.example',
      type: 'proxy',
      proxy: { url: 'http://127.0.0.1/', allowPrivate: true },
    });
    expect(sneaky).toMatchObject({ status: 422, body: { code: 'web.privateTarget' } });
  });
});

describe('logs and traffic', () => {
  it('are read for one site only, and counted once', async () => {
    const site = await newSite({ domain: 'busy.example' });
    const line = (id: number, cache: string, bytes: number): string =>
      `{"site":"${id}","time":"2026-11-20T10:00:00+00:00","host":"busy.example","address":"1.2.3.4","method":"GET","uri":"/","protocol":"HTTP/1.1","status":"200","bytes":"${bytes}","cache":"${cache}","seconds":"0.001","referer":"","agent":""}`;
    panel.agent.state.logs.set('web-nginx/access', [
      line(site.id, 'HIT', 100),
      line(site.id, 'MISS', 50),
      line(999_999, 'HIT', 7),
    ]);
    const logs = await api.get<{ lines: string[] }>(`/vhosts/${site.id}/logs`);
    expect(logs.body.lines).toHaveLength(2);

    const schedule = panel.kernel.registry.schedules.find(({ spec }) => spec.name === 'web-traffic');
    const run = (): Promise<void> | undefined => schedule?.spec.run({ agent: panel.agent.call } as never);
    await run();
    await run();
    const traffic = await api.get<{ days: unknown[]; hitRatio: number }>(`/vhosts/${site.id}/traffic`, {
      query: { days: 400 },
    });
    expect(traffic.body.hitRatio).toBe(0.5);
    expect(traffic.body.days).toEqual([{ day: '2026-11-20', requests: 2, bytes: 150, hits: 1, misses: 1 }]);
  });

  it('are written into the site’s own folder as its customer, each line once, and cut when they are full', async () => {
    const one = await newSite({ domain: 'logs.example', aliases: ['*.logs.example'] });
    const two = await newSite({ domain: 'other.example' });
    const schedule = panel.kernel.registry.schedules.find(({ spec }) => spec.name === 'web-traffic');
    const run = (): Promise<void> | undefined => schedule?.spec.run({ agent: panel.agent.call } as never);
    const access = (id: number, agent: string): string =>
      `{"site":"${id}","time":"2026-11-20T10:00:00+00:00","host":"h","address":"1.2.3.4","user":"","method":"GET","uri":"/","protocol":"HTTP/1.1","status":"200","bytes":"5","cache":"HIT","seconds":"0.001","referer":"","agent":"${agent}"}`;
    const error = (what: string, server: string, host: string): string =>
      `2026/11/20 10:00:00 [error] 1#1: *1 ${what}, client: 1.2.3.4, server: ${server}, request: "GET / HTTP/1.1", host: "${host}"`;
    const { logs } = panel.agent.state;
    await run();
    const before = panel.agent.callsOf('tenant.append').length;
    logs.set('web-nginx/access', [
      ...(logs.get('web-nginx/access') ?? []),
      access(one.id, 'first'),
      access(two.id, 'second'),
    ]);
    logs.set('web-nginx/error', [
      error('mine', 'logs.example', 'logs.example'),
      error('by wildcard', '_', 'a.b.logs.example'),
      error('of "/x", host: "other.example"', '_', 'logs.example'),
      '2026/11/20 10:00:00 [notice] 1#1: of the server',
    ]);
    await run();
    await run();
    const calls = panel.agent.callsOf('tenant.append').slice(before);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.account).toBe('alice');
    expect(inHome('alice', 'domains/logs.example/logs/access.log')).toBe(
      '1.2.3.4 - - [20/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "first"\n',
    );
    expect(inHome('alice', 'domains/other.example/logs/access.log')).toContain('"second"');
    const errors = inHome('alice', 'domains/logs.example/logs/error.log') ?? '';
    expect(errors.split('\n').map((line) => /\*1 (.*?), client/.exec(line)?.[1])).toEqual([
      'mine',
      'by wildcard',
      undefined,
    ]);
    // A line in which a visitor has named another site goes to neither of the two.
    expect(inHome('alice', 'domains/other.example/logs/error.log')).toBeUndefined();

    panel.agent.fail('tenant.append', { code: 'agent.io', message: 'disk full' }, { times: 1 });
    logs.set('web-nginx/access', [
      ...(logs.get('web-nginx/access') ?? []),
      access(one.id, 'x'.repeat(600_000)),
    ]);
    await run();
    for (let more = 0; more < 17; more += 1)
      logs.set('web-nginx/access', [
        ...(logs.get('web-nginx/access') ?? []),
        access(one.id, 'y'.repeat(650_000)),
      ]);
    await run();
    expect(inHome('alice', 'domains/logs.example/logs/access.log.1')).toContain('"first"');
    expect(inHome('alice', 'domains/logs.example/logs/access.log')?.length).toBeLessThan(10 * 1024 * 1024);
  });

  it('reach nobody else', async () => {
    const eve = await panel.as('client');
    const site = (await api.get<{ items: Site[] }>('/vhosts', { query: { domain: 'busy.example' } })).body
      .items[0];
    for (const part of ['logs', 'traffic', 'config'])
      expect((await eve.get(`/vhosts/${site?.id}/${part}`)).status).toBe(404);
  });
});

describe('a deleted site', () => {
  it('leaves its folder where it is, or in the trash', async () => {
    const kept = await newSite({ domain: 'kept.example' });
    const thrown = await newSite({ domain: 'thrown.example' });
    expect((await api.delete(`/vhosts/${kept.id}`)).status).toBe(202);
    await api.delete(`/vhosts/${thrown.id}`, { query: { files: 'trash' } });
    await panel.settle();
    expect((await api.get(`/vhosts/${kept.id}`)).status).toBe(404);
    expect(panel.agent.file('/etc/nginx/conf.d/tp-kept.example.conf')).toBeNull();
    expect(inHome('alice', 'domains/kept.example/public_html/index.html')).toBeDefined();
    expect(inHome('alice', 'domains/thrown.example/public_html/index.html')).toBeUndefined();
    // The names are free again.
    expect((await newSite({ domain: 'kept.example' })).status).toBe('active');
  });
});
