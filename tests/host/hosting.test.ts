import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount, createPlan, createSite, panelOnHost, writeAs } from './panel-on-host.js';
import { hostSkipReason, type TestHost } from './test-host.js';

const skip = hostSkipReason();
if (skip !== null) process.stdout.write(`host tests are skipped: ${skip}\n`);

const whoAmI =
  "<?php header('Content-Type: text/plain'); header('Cache-Control: no-store'); echo PHP_VERSION, ' ', posix_getuid();";

describe.skipIf(skip !== null)('two accounts with sites on three PHP versions', () => {
  let host: TestHost;
  let alice = 0;
  let bob = 0;
  const uid: Record<string, string> = {};

  beforeAll(async () => {
    host = await panelOnHost('hosting');
    const plan = await createPlan(host, 'standard');
    alice = await createAccount(host, plan, 'alice');
    bob = await createAccount(host, plan, 'bob');
    await Promise.all([
      createSite(host, alice, 'alice84.test', '8.4'),
      createSite(host, alice, 'alice82.test', '8.2'),
      createSite(host, bob, 'bob74.test', '7.4'),
    ]);
    for (const [account, domain] of [
      ['alice', 'alice84.test'],
      ['alice', 'alice82.test'],
      ['bob', 'bob74.test'],
    ] as const) {
      await writeAs(host, account, `/home/${account}/domains/${domain}/public_html/who.php`, whoAmI);
    }
    for (const account of ['alice', 'bob'])
      uid[account] = (await host.must(['/usr/bin/id', '-u', account])).trim();
  });
  afterAll(() => host?.stop());

  test.each([
    ['alice84.test', '8.4.', 'alice'],
    ['alice82.test', '8.2.', 'alice'],
    ['bob74.test', '7.4.', 'bob'],
  ])('%s runs PHP %s as its own customer', async (domain, version, account) => {
    const answer = await host.get(domain, '/who.php');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(new RegExp(`^${version.replaceAll('.', '\\.')}\\d+ ${uid[account]}$`));
  });

  test('a public page is a miss, then a hit', async () => {
    await writeAs(
      host,
      'alice',
      '/home/alice/domains/alice84.test/public_html/page.php',
      "<?php header('Cache-Control: public, max-age=60'); echo microtime(true);",
    );
    // Sites answer before the cache has started for the first time; from then on everything goes through it.
    await expect
      .poll(async () => (await host.get('alice84.test', '/who.php')).headers['x-cache'], { timeout: 60_000 })
      .toBeDefined();
    const first = await host.get('alice84.test', '/page.php');
    const second = await host.get('alice84.test', '/page.php');
    expect([first.headers['x-cache'], second.headers['x-cache']]).toEqual(['MISS', 'HIT']);
    expect(second.body).toBe(first.body);
  });

  test('a page of the former PHP version is not served from the cache', async () => {
    const page = "<?php header('Cache-Control: public, max-age=600'); echo PHP_VERSION;";
    await writeAs(host, 'alice', '/home/alice/domains/alice84.test/public_html/version.php', page);
    await host.get('alice84.test', '/version.php');
    const cached = await host.get('alice84.test', '/version.php');
    expect([cached.headers['x-cache'], cached.body.slice(0, 4)]).toEqual(['HIT', '8.4.']);
    const { items } = await host.panel<{ items: { id: number; domain: string }[] }>('vhosts', 'list');
    const id = String(items.find((each) => each.domain === 'alice84.test')?.id);
    const version = async () => (await host.get('alice84.test', '/version.php')).body.slice(0, 4);
    for (const wanted of ['8.2', '8.4']) {
      await host.panel('php', 'update', id, '--version', wanted);
      await expect.poll(version, { timeout: 15_000 }).toBe(`${wanted}.`);
    }
  });

  test('the customer finds the requests of a site in its own log, and no other site’s', async () => {
    await host.get('alice82.test', '/found-in-the-log', ['-A', 'a "browser"']);
    await host.get('bob74.test', '/of-bob');
    const log = '/home/alice/domains/alice82.test/logs/access.log';
    const read = async () =>
      (await host.exec(['/usr/sbin/runuser', '-u', 'alice', '--', '/bin/cat', log])).stdout;
    await expect
      .poll(read, { timeout: 40_000, interval: 1000 })
      .toMatch(
        /^\S+ - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} \+0000\] "GET \/found-in-the-log HTTP\/1\.1" 404 \d+ "-" "a \\x22browser\\x22"$/m,
      );
    expect(await read()).not.toContain('of-bob');
    expect((await host.must(['/usr/bin/stat', '-c', '%U %a', log])).trim()).toBe('alice 640');
  });

  test('a switch of the PHP version loses no request', async () => {
    const sites = await host.panel<{ items: { id: number; domain: string }[] }>('vhosts', 'list');
    const site = sites.items.find((each) => each.domain === 'alice82.test');
    const load = host.must([
      '/usr/bin/wrk',
      '-t1',
      '-c2',
      '-d6s',
      '-H',
      'Host: alice82.test',
      'http://127.0.0.1/who.php',
    ]);
    await host.panel('php', 'update', String(site?.id), '--version', '8.4');
    const report = await load;
    expect(report).not.toContain('Non-2xx');
    await expect
      .poll(async () => (await host.get('alice82.test', '/who.php')).body, { timeout: 10_000 })
      .toMatch(/^8\.4\./);
  });

  describe('alice reads nothing of bob', () => {
    const secret = '/home/bob/domains/bob74.test/public_html/secret.txt';
    beforeAll(() => writeAs(host, 'bob', secret, 'the secret of bob'));

    test('by PHP', async () => {
      const script = `<?php ini_set('display_errors', '1'); echo @file_get_contents('${secret}'); print_r(@scandir('/home/bob')); print_r(@scandir('/home'));`;
      await writeAs(host, 'alice', '/home/alice/domains/alice84.test/public_html/spy.php', script);
      const answer = await host.get('alice84.test', '/spy.php');
      expect(answer.status).toBe(200);
      expect(answer.body).not.toContain('secret');
      expect(answer.body).not.toContain('domains');
    });

    test('by a symbolic link that nginx would follow', async () => {
      await host.must([
        '/usr/sbin/runuser',
        '-u',
        'alice',
        '--',
        '/bin/ln',
        '-s',
        secret,
        '/home/alice/domains/alice84.test/public_html/link.txt',
      ]);
      await host.must([
        '/usr/sbin/runuser',
        '-u',
        'alice',
        '--',
        '/bin/ln',
        '-s',
        '/home/bob/domains/bob74.test/public_html',
        '/home/alice/domains/alice84.test/public_html/dir',
      ]);
      for (const path of ['/link.txt', '/dir/secret.txt']) {
        const answer = await host.get('alice84.test', path);
        expect(answer.status, path).toBeGreaterThanOrEqual(400);
        expect(answer.body).not.toContain('the secret of bob');
      }
    });

    test('as a process with her own rights', async () => {
      for (const path of [secret, '/home/bob']) {
        const outcome = await host.exec(['/usr/sbin/runuser', '-u', 'alice', '--', '/usr/bin/find', path]);
        expect(outcome.code, path).not.toBe(0);
      }
    });

    test('through the private sockets of nginx, PHP, the agent and the panel', async () => {
      const sockets = (
        await host.must([
          '/usr/bin/find',
          '/run/tenpanel-web',
          '/run/tenpanel-php',
          '/run/tenpanel',
          '-type',
          's',
        ])
      )
        .trim()
        .split('\n');
      expect(sockets.length).toBeGreaterThan(5);
      for (const socket of sockets) {
        const outcome = await host.exec([
          '/usr/sbin/runuser',
          '-u',
          'alice',
          '--',
          '/usr/bin/curl',
          '-s',
          '--max-time',
          '5',
          '--unix-socket',
          socket,
          'http://localhost/',
        ]);
        expect(outcome.code, `${socket} must refuse a customer`).toBe(7);
      }
    });

    test('by asking for a host name with forged internal headers', async () => {
      const answer = await host.get('alice84.test', '/secret.txt', [
        '-H',
        'X-Tenpanel-Root: /home/bob/domains/bob74.test/public_html',
        '-H',
        'X-Tenpanel-Home: /home/bob',
      ]);
      expect(answer.body).not.toContain('the secret of bob');
    });
  });

  test('suspending an account stops its sites and keeps its data, resuming brings them back', async () => {
    // The command answers when the sites have followed.
    await host.panel('accounts', 'suspend', String(bob), '--reason', 'unpaid invoice');
    expect((await host.get('bob74.test', '/who.php')).status).toBe(503);
    expect(await host.must(['/bin/cat', secretOf('bob')])).toContain('secret');
    await host.panel('accounts', 'resume', String(bob));
    expect((await host.get('bob74.test', '/who.php')).status).toBe(200);
  });

  test('the cache can be disabled and enabled while sites answer throughout', async () => {
    const load = host.must(
      // A server that reloads may close an idle connection just as its client writes; a browser asks again, wrk does not.
      [
        '/usr/bin/wrk',
        '-t1',
        '-c2',
        '-d25s',
        '-H',
        'Host: alice84.test',
        '-H',
        'Connection: close',
        'http://127.0.0.1/who.php',
      ],
      { timeout: 60_000 },
    );
    await host.must(['/usr/local/bin/tenpanel', 'plugin', 'disable', 'varnish'], { timeout: 60_000 });
    expect((await host.get('alice84.test', '/who.php')).status).toBe(200);
    await expect
      .poll(async () => (await host.get('alice84.test', '/page.php')).headers['x-cache'], { timeout: 20_000 })
      .toBeUndefined();
    await host.must(['/usr/local/bin/tenpanel', 'plugin', 'enable', 'varnish'], { timeout: 60_000 });
    await expect
      .poll(async () => (await host.get('alice84.test', '/page.php')).headers['x-cache'], { timeout: 20_000 })
      .toBeDefined();
    const report = await load;
    expect(report).not.toContain('Non-2xx');
    expect(report).not.toContain('Socket errors');
  });

  test('no request is lost while the web server is reloaded, not even one that may not be sent twice', async () => {
    const script = '/tmp/post.lua';
    const lua = `wrk.method = "POST"; wrk.body = "a=1"; wrk.headers["Connection"] = "close"`;
    await host.must(['/usr/bin/tee', script], { input: lua });
    const load = host.must(
      [
        '/usr/bin/wrk',
        '-t1',
        '-c4',
        '-d10s',
        '-s',
        script,
        '-H',
        'Host: alice84.test',
        'http://127.0.0.1/who.php',
      ],
      { timeout: 60_000 },
    );
    let over = false;
    void load.finally(() => (over = true));
    while (!over) await host.must(['/usr/bin/systemctl', 'reload', 'nginx']);
    const report = await load;
    expect(report).toMatch(/[1-9]\d+ requests in/);
    expect(report).not.toContain('Non-2xx');
    expect(report).not.toContain('Socket errors');
  });

  test('systemd finds the units hardened', async () => {
    const exposure = async (unit: string) => {
      const report = await host.must(['/usr/bin/systemd-analyze', 'security', '--no-pager', unit]);
      return Number(/exposure level for \S+: ([\d.]+)/.exec(report)?.[1]);
    };
    expect(await exposure('tenpanel-web.service')).toBeLessThanOrEqual(2.0);
    expect(await exposure('tenpanel-worker.service')).toBeLessThanOrEqual(2.0);
    expect(await exposure('tenpanel-agent.service')).toBeLessThanOrEqual(4.5);
  });
});

function secretOf(account: string): string {
  return `/home/${account}/domains/bob74.test/public_html/secret.txt`;
}
