import { expect } from 'vitest';
import type { FaultHost } from './fault-host.js';

/** Seconds in which everything has to be as wanted again, without a human. */
const CONVERGED_WITHIN = 120;
const units = ['tenpanel-agent', 'tenpanel-worker', 'tenpanel-web', 'tenpanel-postgres', 'nginx', 'varnish'];

/**
 * All that must hold after any accident: nothing acknowledged is lost, what runs is what is on the disk is what the
 * panel would write, it survives a cold start, the audit chain is whole, counters are right, nobody else noticed.
 */
export async function expectHealthy(host: FaultHost, options: { cold?: boolean } = {}): Promise<void> {
  await expect.poll(() => whatIsLeft(host), { timeout: CONVERGED_WITHIN * 1000, interval: 300 }).toEqual([]);
  await expectPromisesKept(host);
  await expectNothingToDo(host, options.cold !== false);
  await expectCountersRight(host);
  const { seen, failures } = await host.visitors.stop();
  expect(failures).toEqual([]);
  expect(seen).toBeGreaterThan(0);
  try {
    await host.test.must(['/usr/sbin/nginx', '-t', '-q']);
    if (options.cold !== false) await coldStart(host);
    await expectPromisesKept(host);
  } finally {
    await host.visitors.start();
  }
}

/** What is not yet as it should be, in words; empty once everything has converged. */
async function whatIsLeft(host: FaultHost): Promise<string[]> {
  const { stdout } = await host.test.exec(['/usr/bin/systemctl', 'is-active', ...units]);
  const states = stdout.trim().split('\n');
  const down = units.filter((_, index) => states[index] !== 'active');
  if (down.length > 0) return down.map((unit) => `${unit} is down`);
  try {
    return (await host.sql<{ what: string }>(await unfinished(host))).map(({ what }) => what);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const queries = new WeakMap<FaultHost, string>();

/** One query over every table with desired rows, the queues and the jobs. */
async function unfinished(host: FaultHost): Promise<string> {
  const known = queries.get(host);
  if (known !== undefined) return known;
  const tables = await host.sql<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.columns
      where column_name = 'observed_generation' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(4);
  const rows = tables.map(
    ({
      name,
    }) => `select '${name}/' || id || ' ' || generation || '/' || observed_generation || ' ' || conditions as what
      from ${name} where generation <> observed_generation or deleted_at is not null
        or jsonb_path_exists(conditions, '$[*] ? (@.type == "Waiting" || (@.type == "Ready" && @.status == "false"))')`,
  );
  const text = [
    ...rows,
    `select 'queue ' || kind || '/' || object_id from kernel.reconcile_queue where lease is not null or due_at <= now()`,
    `select 'delivery ' || consumer || ' ' || state || ' ' || coalesce(reason, '') from kernel.outbox_deliveries`,
    `select 'fact ' || topic from kernel.outbox where not dispatched`,
    `select 'job ' || id || ' ' || name || ' ' || state from kernel.jobs where finished_at is null or state = 'failed'`,
  ].join('\nunion all ');
  queries.set(host, text);
  return text;
}

async function expectPromisesKept(host: FaultHost): Promise<void> {
  const sites = new Map((await host.sites()).map((site) => [site.domain, site]));
  const files = await host.test.must(['/bin/ls', '/etc/nginx/conf.d']);
  const there = new Set(files.split('\n'));
  for (const [domain, promise] of host.acknowledged) {
    const file = `tp-${domain}.conf`;
    expect(there.has(file), file).toBe(promise !== null);
    if (promise === null) {
      expect(sites.get(domain), `${domain} was deleted`).toBeUndefined();
      host.acknowledged.delete(domain);
    } else {
      expect(sites.get(domain), `${domain} was acknowledged`).toMatchObject({ domain, status: 'active' });
      if (promise.page !== '') await expectPage(host, domain, promise.page);
    }
  }
}

/** The web server runs with the document root that was acknowledged last. */
async function expectPage(host: FaultHost, domain: string, page: string): Promise<void> {
  const folder = `/home/faulty/domains/${domain}/public_html/${page}`;
  const path = `${folder}/${page}.html`;
  await host.test.must(['/usr/bin/install', '-d', '-o', 'faulty', '-g', 'faulty', folder]);
  await host.test.must(['/usr/bin/tee', path], { input: page });
  expect((await host.test.get(domain, `/${page}.html`)).body.trim(), domain).toBe(page);
}

interface Check {
  name: string;
  state: string;
  message: string;
}

async function expectNothingToDo(host: FaultHost, doctor: boolean): Promise<void> {
  const plugins = await host.insist<{ items: { state: string }[] }>('GET', '/plugins');
  expect(plugins.body.items.filter(({ state }) => state === 'failed' || state === 'blocked')).toEqual([]);
  const [plan, drift, audit, checks, examined] = await Promise.all([
    host.insist('GET', '/plan'),
    host.insist('POST', '/drift'),
    host.insist('GET', '/audit/verify'),
    host.insist<{ items: Check[] }>('GET', '/checks'),
    doctor ? host.test.exec(['/usr/local/bin/tenpanel', 'doctor', '--json'], { timeout: 120_000 }) : null,
  ]);
  expect(plan.body).toEqual({ items: [], next: null });
  expect(drift.body).toMatchObject({ items: [] });
  expect(audit.body).toMatchObject({ brokenAt: null });
  expect(checks.body.items.filter(({ state }) => state === 'fail')).toEqual([]);
  if (examined) {
    const found = JSON.parse(examined.stdout) as { checks: Check[] };
    expect(found.checks.filter(({ state }) => state === 'fail')).toEqual([]);
  }
  const journals = ['/usr/bin/find', '/var/lib/tenpanel-agent/journal', '-type', 'f'];
  expect(await host.test.must(journals)).toBe('');
  const half = [
    '/usr/bin/find',
    '/etc/nginx',
    '/etc/varnish',
    '/etc/tenpanel',
    '-regex',
    '.*/\\.[^/]*\\.[0-9a-f]{12}',
  ];
  expect(await host.test.must(half)).toBe('');
}

async function expectCountersRight(host: FaultHost): Promise<void> {
  const { body } = await host.insist<{ limits: { key: string; used: number | null }[] }>(
    'GET',
    `/accounts/${host.account}`,
  );
  const [counted] = await host.sql<{ n: number }>(
    `select count(*)::int as n from plg_web_nginx.vhost where account_id = ${host.account} and deleted_at is null`,
  );
  expect(body.limits.find(({ key }) => key === 'sites')?.used).toBe(counted?.n);
}

async function coldStart(host: FaultHost): Promise<void> {
  const pools = await host.test.must([
    ...['/usr/bin/systemctl', 'list-units', '--plain', '--no-legend', '--all', 'tenpanel-php*@*.service'],
  ]);
  const masters = pools.split('\n').flatMap((line) => line.split(' ')[0] || []);
  await host.test.must(['/usr/bin/systemctl', 'stop', 'nginx', 'varnish', ...masters]);
  await host.test.must(['/usr/bin/systemctl', 'start', 'varnish', 'nginx']);
  expect((await host.test.get('steady.test', '/page.php', ['-H', 'Cookie: PHPSESSID=1'])).body.trim()).toBe(
    'steady',
  );
}
