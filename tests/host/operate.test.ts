import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount, createPlan, createSite, panelOnHost } from './panel-on-host.js';
import { hostSkipReason, type TestHost } from './test-host.js';

const skip = hostSkipReason();
const file = '/etc/nginx/conf.d/tp-shop.test.conf';
const tenpanel = '/usr/local/bin/tenpanel';

interface Change {
  changeId: string;
  kind: string;
}
interface Plugin {
  id: string;
  state: string;
  reason: string | null;
}

describe.skipIf(skip !== null)('an administrator at work', () => {
  let host: TestHost;
  const drift = async () => JSON.parse((await host.exec([tenpanel, 'drift', '--json'])).stdout) as unknown[];
  const plugins = async () => {
    const { items } = await host.panel<{ items: Plugin[] }>('plugins', 'list');
    return new Map(items.map((plugin) => [plugin.id, plugin.state]));
  };
  const waitForPanel = () => host.must([tenpanel, 'status', '--wait', '60'], { timeout: 90_000 });

  beforeAll(async () => {
    host = await panelOnHost('operate');
    const plan = await createPlan(host, 'standard');
    const account = await createAccount(host, plan, 'shop');
    await createSite(host, account, 'shop.test');
  });
  afterAll(() => host?.stop());

  test('a second set-up changes nothing', async () => {
    const before = await host.must(['/usr/bin/md5sum', '/etc/tenpanel/tenpanel.json', file]);
    const again = await host.must([tenpanel, 'setup', '--production', '--yes'], { timeout: 120_000 });
    expect(again).toMatch(/^password +-$/m);
    expect(await host.must(['/usr/bin/md5sum', '/etc/tenpanel/tenpanel.json', file])).toBe(before);
    await waitForPanel();
  });

  test('a file edited by hand is found, left alone, and put back when asked', async () => {
    const written = await host.must(['/bin/cat', file]);
    await host.must(['/bin/sed', '-i', 's/index.php/other.php/', file]);
    expect(await drift()).toEqual([expect.objectContaining({ state: 'edited', absolute: file })]);
    expect(await host.must([tenpanel, 'plan'])).toContain('-    set $tp_front /other.php;');
    const refused = await host.exec([
      tenpanel,
      'vhosts',
      'update',
      'shop.test',
      '--aliases',
      'www.shop.test',
    ]);
    expect(refused.stdout + refused.stderr).toContain('Changed outside the panel');
    expect(await host.must(['/bin/cat', file])).toContain('other.php');
    expect((await host.exec([tenpanel, 'drift', '--diff', file])).stdout).toMatch(/^\+.*other\.php/m);
    await host.must([tenpanel, 'drift', '--restore', file]);
    await expect.poll(drift, { timeout: 15_000 }).toEqual([]);
    expect(await host.must(['/bin/cat', file])).toBe(
      written.replace('shop.test;', 'shop.test www.shop.test;'),
    );
  });

  test('a change can be seen before it is made, and taken back after', async () => {
    const before = await host.must(['/bin/cat', file]);
    const words = ['vhosts', 'update', 'shop.test', '--document-root', 'public_html/web'];
    expect(await host.must([tenpanel, ...words, '--dry-run'])).toContain(
      '+    set $tp_root /home/shop/domains/shop.test/public_html/web;',
    );
    expect(await host.must(['/bin/cat', file])).toBe(before);
    await host.panel(...words);
    expect(await host.must(['/bin/cat', file])).toContain('public_html/web');
    const { items } = await host.panel<{ items: Change[] }>('changes', 'list');
    const change = items.find((each) => each.kind === 'vhost')?.changeId ?? '';
    await host.must([tenpanel, 'undo', change]);
    await expect.poll(() => host.must(['/bin/cat', file]), { timeout: 15_000 }).toBe(before);
  });

  test('safe mode runs only what is essential, and sites go on answering', async () => {
    await host.must([tenpanel, 'safe-mode', 'on']);
    await waitForPanel();
    await expect.poll(async () => (await plugins()).get('web-nginx'), { timeout: 30_000 }).toBe('blocked');
    expect((await plugins()).get('accounts')).toBe('running');
    expect((await host.get('shop.test')).status).toBe(200);
    await host.must([tenpanel, 'safe-mode', 'off']);
    await expect
      .poll(async () => (await plugins()).get('web-nginx').valueOf(), { timeout: 60_000 })
      .toBe('running');
  });

  test('a plugin is disabled while the web process is down', async () => {
    await host.must(['/usr/bin/systemctl', 'stop', 'tenpanel-web.socket', 'tenpanel-web.service']);
    await host.must([tenpanel, 'plugin', 'disable', 'cgroups']);
    await host.must(['/usr/bin/systemctl', 'start', 'tenpanel-web.socket', 'tenpanel-web.service']);
    await waitForPanel();
    expect((await plugins()).get('cgroups')).toBe('disabled');
    await host.must([tenpanel, 'plugin', 'enable', 'cgroups']);
    await expect.poll(async () => (await plugins()).get('cgroups'), { timeout: 60_000 }).toBe('running');
  });

  test('the administrator’s password is set anew, and works', async () => {
    const { email, password } = await host.panel<{ email: string; password: string }>(
      'admin',
      'reset-password',
    );
    const answer = await host.must(
      [
        'curl',
        '-sk',
        '--data-binary',
        '@-',
        '-H',
        'Content-Type: application/json',
        'https://127.0.0.1:8443/api/auth/login',
      ],
      { input: JSON.stringify({ login: email, password }) },
    );
    expect(JSON.parse(answer)).toMatchObject({ accessToken: expect.any(String) });
  });

  test('doctor finds nothing broken, and says once that this container holds no limits', async () => {
    const { stdout } = await host.exec([tenpanel, 'doctor', '--json']);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; message: string }[] };
    expect(checks.filter((check) => check.state === 'fail')).toEqual([]);
  });
});
