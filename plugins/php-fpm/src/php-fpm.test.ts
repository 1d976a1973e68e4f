import { startTestPanel, type ApiClient, type TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepPools } from './pools/sweep.js';

interface Shown {
  id: number;
  siteId: number;
  version: string;
  badge: string;
  status: string;
  ini: Record<string, unknown>;
  pool: Record<string, unknown> | null;
  conditions: { type: string; message: string }[];
}
interface Problem {
  code: string;
  detail: string;
  errors?: { path: unknown[] }[];
}

const plugins = ['..', '../../accounts/', '../../web-nginx/'].map((path) => new URL(path, import.meta.url));
let panel: TestPanel;
let plan: number;
let alice: number;
let site: number;
let now = Date.parse('2026-11-23T12:00:00Z');

beforeAll(async () => {
  const { FakeAgent } = await import('@tenpanel/testing');
  const agent = new FakeAgent();
  agent.state.globs.set('php-fpm/debian', [
    '/usr/sbin/php-fpm8.4',
    '/usr/sbin/php-fpm7.4',
    '/usr/sbin/php-fpm8.2',
    '/usr/sbin/php-fpm-something',
  ]);
  agent.state.commands.set('php-fpm/modules84', () => ({
    stdout: '[PHP Modules]\ncurl\nmysqli\nZend OPcache\n\n[Zend Modules]\nZend OPcache\n',
  }));
  panel = await startTestPanel({ plugins, agent, now: () => now });
  plan = (await panel.api.post<{ id: number }>('/plans', { name: 'basic', limits: { phpWorkers: 6 } })).body
    .id;
  alice = await makeAccount('alice');
  site = await makeSite(alice, 'shop.example.com');
});
afterAll(() => panel?.stop());

async function makeAccount(name: string): Promise<number> {
  const { status, body } = await panel.api.post<{ account: { id: number } }>('/accounts', { name, plan });
  expect(status, JSON.stringify(body)).toBe(202);
  return body.account.id;
}

async function makeSite(
  account: number,
  domain: string,
  extra: Record<string, unknown> = {},
): Promise<number> {
  const { status, body } = await panel.api.post<{ id: number }>('/vhosts', {
    account,
    domain,
    type: 'php',
    extra,
  });
  expect(status, JSON.stringify(body)).toBe(202);
  await panel.settle();
  return body.id;
}

const show = async (id = site, api: ApiClient = panel.api) =>
  (await api.get<Shown>(`/vhosts/${id}/php`)).body;
const conf = (version: string, instance: string) =>
  panel.agent.file(`/etc/tenpanel/php/${version}/${instance}.conf`);
const ini = (version: string, instance: string) =>
  panel.agent.file(`/etc/tenpanel/php/${version}/${instance}.ini`) ?? '';
const vhostText = (id: number) =>
  panel.agent
    .filesOf(`vhost/${id}`)
    .map((file) => file.content)
    .join('\n');
const service = (name: string) => panel.agent.state.services.get(`php-fpm/${name}`);

describe('the versions of the host', () => {
  it('are found through the agent, newest first, with their age', async () => {
    const { body } = await panel.api.get<{
      default: string;
      items: { version: string; badge: string; endOfLife: string; extensions: string[] }[];
    }>('/php');
    expect(body.items.map(({ version, badge }) => [version, badge])).toEqual([
      ['8.4', 'supported'],
      ['8.2', 'securityOnly'],
      ['7.4', 'endOfLife'],
    ]);
    expect(body.default).toBe('8.4');
    expect(body.items[0]?.extensions).toEqual(['curl', 'mysqli', 'zend opcache']);
  });

  it('can be looked for again', async () => {
    panel.agent.state.globs.get('php-fpm/debian')?.push('/usr/sbin/php-fpm8.3');
    const { body } = await panel.api.post<{ items: { version: string }[] }>('/php/refresh');
    expect(body.items.map(({ version }) => version)).toContain('8.3');
  });
});

describe('a PHP site', () => {
  it('gets a master of its account and the default version, and its socket in the web server', async () => {
    expect(await show()).toMatchObject({
      version: '8.4',
      status: 'active',
      badge: 'supported',
      ini: {},
      pool: null,
    });
    expect(conf('8.4', 'alice')).toContain('user = "alice"');
    expect(conf('8.4', 'alice')).toContain('pm.max_children = 6');
    expect(ini('8.4', 'alice')).toContain('[PATH=/home/alice/domains/shop.example.com/public_html]');
    expect(service('fpm84@alice')).toMatchObject({ enabled: true });
    expect(vhostText(site)).toContain('/run/tenpanel-php/8.4/alice.sock');
  });

  it('costs nothing that grows with the sites of its account: only its own folders are made', async () => {
    const { agent } = panel;
    const carol = await makeAccount('carol');
    await makeSite(carol, 'first.example.com');
    const before = agent.callsOf('tenant.mkdir').length;
    await makeSite(carol, 'second.example.com');
    const paths = agent
      .callsOf('tenant.mkdir')
      .slice(before)
      .flatMap(({ folders }) => folders.map(({ path }) => path));
    expect(paths).toContain('domains/second.example.com/tmp/sessions');
    expect(paths.filter((path) => !path.startsWith('domains/second.example.com'))).toEqual([]);
    expect(agent.callsOf('tenant.mkdir').length - before).toBeLessThanOrEqual(2);
  });

  it('takes a version wished at its creation, and refuses one that is not there', async () => {
    const old = await makeSite(alice, 'old.example.com', { php: { version: '7.4' } });
    expect(await show(old)).toMatchObject({ version: '7.4', badge: 'endOfLife', status: 'active' });
    expect(vhostText(old)).toContain('/run/tenpanel-php/7.4/alice.sock');
    const { status, body } = await panel.api.post<Problem>('/vhosts', {
      account: alice,
      domain: 'no.example.com',
      type: 'php',
      extra: { php: { version: '5.6' } },
    });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'php.versionMissing' });
  });

  it('keeps its former socket until the pool of the new version is ready', async () => {
    panel.agent.fail(
      'service.enable',
      { code: 'agent.serviceFailed', message: 'cannot listen' },
      { times: 1, when: (args) => args['service'] === 'fpm82' },
    );
    expect((await panel.api.patch(`/vhosts/${site}/php`, { version: '8.2' })).status).toBe(202);
    expect(vhostText(site)).toContain('/run/tenpanel-php/8.4/alice.sock');
    await panel.settle();
    expect(await show()).toMatchObject({ version: '8.2', status: 'active' });
    expect(vhostText(site)).toContain('/run/tenpanel-php/8.2/alice.sock');
    const order = panel.agent.calls.map(({ operation, args, error }) =>
      error ? '' : `${operation} ${String(args['service'] ?? '')} ${String(args['resource'] ?? '')}`,
    );
    const listening = order.findLastIndex((call) => call.startsWith('service.enable fpm82'));
    const switched = order.findLastIndex((call) => call.includes(`vhost/${site}`));
    expect(listening).toBeGreaterThan(0);
    expect(switched).toBeGreaterThan(listening);
    expect(ini('8.2', 'alice')).toContain('[PATH=/home/alice/domains/shop.example.com/public_html]');
    expect(ini('8.4', 'alice'), 'the former pool has let it go').not.toContain('shop.example.com');
  });

  it('goes back to its former pool by an undo, though that has let it go', async () => {
    const { body } = await panel.api.get<{ items: { changeId: string }[] }>('/changes?limit=1');
    expect((await panel.api.post(`/changes/${body.items[0]?.changeId}/undo`)).status).toBeLessThan(300);
    await panel.settle();
    expect(await show()).toMatchObject({ version: '8.4', status: 'active' });
    expect(ini('8.4', 'alice')).toContain('shop.example.com');
    expect(vhostText(site)).toContain('/run/tenpanel-php/8.4/alice.sock');
    expect((await panel.api.patch(`/vhosts/${site}/php`, { version: '8.2' })).status).toBe(202);
    await panel.settle();
  });

  it('leaves a pool behind that is swept away after its grace', async () => {
    const sweep = () =>
      panel.kernel.db.transaction('/', (em) =>
        sweepPools(em, panel.kernel.desired.for(em, { kind: 'system' } as never), now),
      );
    expect(await sweep()).toBe(0);
    now += 4 * 60_000;
    expect(await sweep()).toBe(0);
    now += 2 * 60_000;
    expect(await sweep()).toBe(1);
    await panel.settle();
    expect(conf('8.4', 'alice')).toBeNull();
    expect(service('fpm84@alice')).toMatchObject({ enabled: false });
    expect(conf('8.2', 'alice')).not.toBeNull();
  });

  it('has typed values of its own', async () => {
    const { status, body } = await panel.api.patch<Shown>(`/vhosts/${site}/php`, {
      ini: { memory_limit: '512M', 'date.timezone': 'Europe/Berlin', display_errors: true },
    });
    expect(status, JSON.stringify(body)).toBe(202);
    await panel.settle();
    const section = ini('8.2', 'alice').split('[PATH=/home/alice/domains/shop.example.com/public_html]')[1];
    expect(section).toContain('memory_limit = 512M');
    expect(section).toContain('date.timezone = "Europe/Berlin"');
    expect((await panel.api.patch(`/vhosts/${site}/php`, { ini: { memory_limit: null } })).status).toBe(202);
    await panel.settle();
    expect((await show()).ini).toEqual({ 'date.timezone': 'Europe/Berlin', display_errors: true });
  });

  it.each([
    [{ ini: { memory_limit: '9G' } }],
    [{ ini: { memory_limit: '128M\nuser = root' } }],
    [{ ini: { memory_limit: '${HOME}' } }],
    [{ ini: { auto_prepend_file: '/etc/passwd' } }],
    [{ ini: { 'date.timezone': 'Mars/Olympus' } }],
    [{ ini: { upload_max_filesize: '200M' } }],
    [{ ini: { 'opcache.memory_consumption': 256 } }],
    [{ pool: { maxChildren: 7 } }],
    [{ pool: { mode: 'fast' } }],
    [{ version: '5.6' }],
    [{ version: '8.4\n' }],
    [{ socket: '/run/other.sock' }],
  ])('cannot have %j', async (change) => {
    const { status } = await panel.api.patch<Problem>(`/vhosts/${site}/php`, change);
    expect(status).toBe(422);
  });

  it('gets a master of its own when it asks for pool settings, and gives it back', async () => {
    await panel.api.patch(`/vhosts/${site}/php`, {
      pool: { mode: 'static', maxChildren: 4 },
      ini: { 'opcache.memory_consumption': 256 },
    });
    await panel.settle();
    const name = `alice-${site}`;
    expect(await show()).toMatchObject({ status: 'active', pool: { mode: 'static', maxChildren: 4 } });
    expect(conf('8.2', name)).toContain('pm = "static"');
    expect(ini('8.2', name)).toContain('opcache.memory_consumption = 256');
    expect(vhostText(site)).toContain(`/run/tenpanel-php/8.2/${name}.sock`);
    await panel.api.patch(`/vhosts/${site}/php`, { pool: null });
    await panel.settle();
    expect(vhostText(site)).toContain('/run/tenpanel-php/8.2/alice.sock');
    expect((await show()).ini).not.toHaveProperty('opcache.memory_consumption');
  });

  it('can be restarted and looked at', async () => {
    expect((await panel.api.post(`/vhosts/${site}/php/restart`)).body).toMatchObject({
      pool: 'alice',
      version: '8.2',
      state: 'running',
    });
    expect((await panel.api.get(`/vhosts/${site}/php/status`)).body).toMatchObject({
      pool: 'alice',
      state: 'running',
    });
  });

  it('is nobody else’s business', async () => {
    const stranger = await panel.as('client');
    expect((await stranger.get(`/vhosts/${site}/php`)).status).toBe(404);
    expect((await stranger.patch(`/vhosts/${site}/php`, { version: '7.4' })).status).toBe(404);
    expect((await stranger.post(`/vhosts/${site}/php/restart`)).status).toBe(404);
    expect((await stranger.post('/php/refresh')).status).toBe(403);
  });
});

describe('the account', () => {
  it('stops its pools while it is suspended', async () => {
    expect((await panel.api.post(`/accounts/${alice}/suspend`, { reason: 'unpaid' })).status).toBeLessThan(
      300,
    );
    await panel.settle();
    expect(service('fpm82@alice')).toMatchObject({ state: 'stopped', enabled: false });
    await panel.api.post(`/accounts/${alice}/resume`);
    await panel.settle();
    expect(service('fpm82@alice')).toMatchObject({ state: 'running', enabled: true });
  });

  it('loses the section of a site that is deleted', async () => {
    const gone = await makeSite(alice, 'gone.example.com', { php: { version: '8.2' } });
    expect(ini('8.2', 'alice')).toContain('gone.example.com');
    expect((await panel.api.delete(`/vhosts/${gone}`)).status).toBeLessThan(300);
    await panel.settle();
    expect(ini('8.2', 'alice')).not.toContain('gone.example.com');
    expect((await panel.api.get(`/vhosts/${gone}/php`)).status).toBe(404);
  });
});
