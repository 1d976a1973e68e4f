import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount, createPlan, createSite, panelOnHost } from './panel-on-host.js';
import { application, hostSkipReason, type TestHost } from './test-host.js';

const skip = hostSkipReason();
const tenpanel = '/usr/local/bin/tenpanel';
const folder = '/opt/plugins';

interface Plugin {
  id: string;
  state: string;
  reason: string | null;
}
interface Sources {
  /** Statements of `setup(kit)`. */
  setup: string;
  manifest?: Record<string, unknown>;
}
interface Specimen extends Sources {
  state: 'failed' | 'blocked';
  reason: RegExp;
}

const zoo: Record<string, Specimen> = {
  thrower: {
    setup: `throw new Error('out of luck');`,
    state: 'failed',
    reason: /setup failed: out of luck/,
  },
  hanger: {
    setup: 'await new Promise(() => {});',
    state: 'failed',
    reason: /took longer than 10 seconds/,
  },
  liar: {
    setup: `kit.provide({ id: 'clock', version: '1.0.0' }, {});`,
    manifest: { provides: { clock: '2.0.0' } },
    state: 'failed',
    reason: /manifest says clock 2\.0\.0, its code provides 1\.0\.0/,
  },
  climber: {
    setup: `await kit.agent('account.list', {});`,
    state: 'failed',
    reason: /asked the root agent for account\.list, which its manifest does not declare/,
  },
  newcomer: {
    setup: '',
    manifest: { api: '^99.0.0' },
    state: 'blocked',
    reason: /written for plugin API \^99\.0\.0/,
  },
  killer: {
    setup: 'process.exit(3);',
    state: 'failed',
    reason: /brought the panel down at its start twice within a minute/,
  },
};

describe.skipIf(skip !== null)('plugins from a folder, in the real processes', () => {
  let host: TestHost;
  const plugin = async (id: string): Promise<Plugin | undefined> => {
    const { stdout } = await host.exec([tenpanel, 'plugin', 'list', '--json']);
    const { items } = JSON.parse(stdout || '{"items": []}') as { items: Plugin[] };
    return items.find((one) => one.id === id);
  };
  const add = (path: string) => host.must([tenpanel, 'plugin', 'add', path], { timeout: 150_000 });
  const write = async (id: string, { setup, manifest }: Sources): Promise<string> => {
    const dir = `${folder}/${id}`;
    const meta = {
      name: id,
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
      tenpanel: { id, api: '^1.0.0', tier: 'local', title: id, ...manifest },
    };
    await host.must(['/bin/mkdir', '-p', dir]);
    await host.must(['/usr/bin/tee', `${dir}/package.json`], { input: JSON.stringify(meta) });
    const code = `export default { id: '${id}', async setup(kit) { ${setup} } };`;
    await host.must(['/usr/bin/tee', `${dir}/index.js`], { input: code });
    return dir;
  };

  beforeAll(async () => {
    host = await panelOnHost('plugins');
    const plan = await createPlan(host, 'standard');
    await createSite(host, await createAccount(host, plan, 'shop'), 'shop.test');
  });
  afterAll(() => host?.stop());

  test('a third party’s plugin is added by its path and used from the command line', async () => {
    await add(`${application}/docs/examples/hello`);
    await expect
      .poll(() => plugin('hello'), { timeout: 60_000, interval: 1_000 })
      .toMatchObject({ state: 'running', reason: null });
    const made = await host.panel<{ id: number }>('greetings', 'create', '--account-id', '1', '--text', 'Hi');
    const { items } = await host.panel<{ items: { id: number; text: string }[] }>('greetings', 'list');
    expect(items).toContainEqual(expect.objectContaining({ id: made.id, text: 'Hi' }));
    await host.panel('greetings', 'send', String(made.id));
    const sent = async () =>
      (await host.panel<{ items: { id: number; sentAt: string | null }[] }>('greetings', 'list')).items.find(
        ({ id }) => id === made.id,
      )?.sentAt;
    await expect.poll(sent, { timeout: 30_000, interval: 1_000 }).toEqual(expect.any(String));
  });

  test('one that is being started when somebody kills the panel is not blamed for it', async () => {
    await add(await write('slow', { setup: 'await new Promise((done) => setTimeout(done, 4_000));' }));
    const isStarting = async () =>
      (await host.exec(['/bin/cat', '/var/lib/tenpanel/starting-web'])).stdout.trim() === 'slow';
    const kill = () => host.must(['/usr/bin/systemctl', 'kill', '-s', 'KILL', 'tenpanel-web']);
    await kill();
    for (let times = 0; times < 3; times++) {
      await expect.poll(isStarting, { timeout: 30_000, interval: 100 }).toBe(true);
      await kill();
    }
    await host.must([tenpanel, 'status', '--wait', '60'], { timeout: 90_000 });
    expect(await plugin('slow')).toMatchObject({ state: 'running', reason: null });
  });

  test('bad ones are added at the same time', async () => {
    const folders: string[] = [];
    for (const [id, specimen] of Object.entries(zoo)) folders.push(await write(id, specimen));
    await Promise.all(folders.map(add));
  });

  test.each(Object.entries(zoo))('%s falls by itself, with the reason', async (id, specimen) => {
    await expect
      .poll(() => plugin(id), { timeout: 90_000, interval: 1_000 })
      .toMatchObject({ state: specimen.state, reason: expect.stringMatching(specimen.reason) as string });
  });

  test('meanwhile the panel, its other plugins and the site go on', async () => {
    await host.must([tenpanel, 'status', '--wait', '60'], { timeout: 90_000 });
    const { items } = await host.panel<{ items: Plugin[] }>('plugins', 'list');
    const running = items.filter(({ state }) => state === 'running').map(({ id }) => id);
    expect(running.sort()).toEqual([
      'accounts',
      'cgroups',
      'hello',
      'php-fpm',
      'slow',
      'varnish',
      'web-nginx',
    ]);
    expect((await host.get('shop.test')).status).toBe(200);
    // The worker serves too: a change reaches the server.
    const site = await host.panel<{ status: string }>('vhosts', 'update', 'shop.test', '--www', 'toBare');
    expect(site.status).toBe('active');
  });

  test('one of them is disabled like any other', async () => {
    await host.must([tenpanel, 'plugin', 'disable', 'hanger']);
    await host.must([tenpanel, 'status', '--wait', '60'], { timeout: 90_000 });
    expect(await plugin('hanger')).toMatchObject({ state: 'disabled' });
    expect(await plugin('hello')).toMatchObject({ state: 'running' });
  });
});
