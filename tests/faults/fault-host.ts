import { randomUUID } from 'node:crypto';
import type { FailpointName } from '@tenpanel/protocol';
import { createAccount, createPlan, createSite, panelOnHost, writeAs } from '../host/panel-on-host.js';
import { TestHost } from '../host/test-host.js';
import { Visitors } from './visitors.js';

export const hostName = 'faults';
/** Where each process looks for its faults: the agent's folder is root's, the other one the panel's. */
const folders = { agent: '/run/tenpanel/faults-agent', panel: '/run/tenpanel/faults' };
const units = { agent: 'tenpanel-agent', worker: 'tenpanel-worker', web: 'tenpanel-web' } as const;

export interface Answer<T = Record<string, unknown>> {
  /** 0: the connection broke, nobody knows what has happened. */
  status: number;
  body: T;
}

export interface Site {
  id: number;
  domain: string;
  status: string;
  documentRoot: string;
  enabled: boolean;
}

/** The shared server, with what its panel has promised (`acknowledged`) and visitors of a site that nobody touches. */
export class FaultHost {
  /** Domain -> the page that the site must show, or null when its deletion was acknowledged. */
  readonly acknowledged = new Map<string, { page: string } | null>();
  readonly visitors: Visitors;
  private ownerUrl = '';

  private constructor(
    readonly test: TestHost,
    readonly plan: number,
    /** The account whose sites are changed. */
    readonly account: number,
  ) {
    this.visitors = new Visitors(test);
  }

  /** The server that another file of this run has booted, or a new one. */
  static async open(): Promise<FaultHost> {
    const running = TestHost.at(hostName);
    const known = await running.exec(['/bin/cat', '/run/faults-ready']);
    if (known.code === 0) {
      const { plan, account } = JSON.parse(known.stdout) as { plan: number; account: number };
      return new FaultHost(running, plan, account).begin();
    }
    const test = await panelOnHost(hostName);
    await test.must(['/bin/mkdir', '-m', '0700', folders.agent, folders.panel]);
    await test.must(['/bin/chown', 'tenpanel:', folders.panel]);
    for (const [process, unit] of Object.entries(units)) {
      const folder = process === 'agent' ? folders.agent : folders.panel;
      await test.must(['/bin/mkdir', '-p', `/etc/systemd/system/${unit}.service.d`]);
      await test.must(['/usr/bin/tee', `/etc/systemd/system/${unit}.service.d/faults.conf`], {
        input: `[Service]\nEnvironment=TENPANEL_FAILPOINTS=${folder}\n`,
      });
    }
    await test.must(['/usr/bin/systemctl', 'daemon-reload']);
    await test.must(['/usr/bin/systemctl', 'restart', ...Object.values(units)]);
    await test.must(['/usr/local/bin/tenpanel', 'status', '--wait', '60'], { timeout: 90_000 });
    const plan = await createPlan(test, 'standard');
    await test.panel('plans', 'update', String(plan), '--json-body', '{"limits":{"sites":null}}');
    await createSite(test, await createAccount(test, plan, 'steady'), 'steady.test');
    await writeAs(test, 'steady', '/home/steady/domains/steady.test/public_html/page.html', 'steady');
    await writeAs(
      test,
      'steady',
      '/home/steady/domains/steady.test/public_html/page.php',
      '<?php header("Cache-Control: no-store"); echo "steady";',
    );
    const account = await createAccount(test, plan, 'faulty');
    await test.must(['/usr/bin/tee', '/run/faults-ready'], { input: JSON.stringify({ plan, account }) });
    return new FaultHost(test, plan, account).begin();
  }

  private async begin(): Promise<this> {
    const config = await this.test.must(['/bin/cat', '/etc/tenpanel/tenpanel.json']);
    this.ownerUrl = (JSON.parse(config) as { ownerDatabaseUrl: string }).ownerDatabaseUrl;
    await this.visitors.start();
    return this;
  }

  /** One request over the administrator's socket. */
  async ask<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const all = { 'content-type': 'application/json', ...headers };
    const { stdout } = await this.test.exec(
      [
        ...['/usr/bin/curl', '-s', '--max-time', '100', '--unix-socket', '/run/tenpanel/panel.sock'],
        ...['-X', method, '-w', '\n%{http_code}', `http://localhost/api${path}`],
        ...Object.entries(all).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
        ...(body === undefined ? [] : ['--data-binary', '@-']),
      ],
      { input: body === undefined ? '' : JSON.stringify(body) },
    );
    const split = stdout.lastIndexOf('\n');
    const text = stdout.slice(0, split);
    return { status: Number(stdout.slice(split + 1)), body: (text === '' ? {} : JSON.parse(text)) as T };
  }

  /** As a careful client does it: the same request with the same key again, until there is an answer that settles it. */
  async insist<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer<T>> {
    const key = randomUUID();
    const end = Date.now() + 120_000;
    for (;;) {
      const answer = await this.ask<T>(method, path, body, { 'idempotency-key': key });
      if (answer.status > 0 && answer.status < 500) return answer;
      if (Date.now() > end) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async sql<T>(text: string): Promise<T[]> {
    const wrapped = text.startsWith('with') ? text : `select coalesce(json_agg(r), '[]') from (${text}) r`;
    const argv = [
      '/usr/bin/env',
      'PGOPTIONS=-c app.tenant=/',
      '/usr/bin/psql',
      this.ownerUrl,
      '-AtXqc',
      wrapped,
    ];
    return JSON.parse(await this.test.must(argv)) as T[];
  }

  /** The same while the database comes back. */
  async insistSql<T>(text: string): Promise<T[]> {
    const end = Date.now() + 60_000;
    for (;;) {
      try {
        return await this.sql<T>(text);
      } catch (error) {
        if (Date.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  arm(name: FailpointName, order: string): Promise<string> {
    return this.test.must(['/usr/bin/tee', this.place(name)], { input: order });
  }

  async armed(name: FailpointName): Promise<boolean> {
    return (await this.test.exec(['/usr/bin/test', '-e', this.place(name)])).code === 0;
  }

  async disarm(): Promise<void> {
    await this.test.must(['/usr/bin/find', folders.agent, folders.panel, '-type', 'f', '-delete']);
  }

  private place(name: FailpointName): string {
    return `${name.startsWith('agent.') ? folders.agent : folders.panel}/${name}`;
  }

  async site(domain: string): Promise<Site | undefined> {
    return (await this.sites()).find((site) => site.domain === domain);
  }

  async sites(): Promise<Site[]> {
    return (await this.insist<{ items: Site[] }>('GET', '/vhosts?limit=200')).body.items;
  }

  async createSite(domain: string): Promise<void> {
    const { status, body } = await this.insist('POST', '/vhosts', { account: this.account, domain });
    if (status >= 300) throw new Error(`${domain}: ${status} ${JSON.stringify(body)}`);
    this.acknowledged.set(domain, { page: '' });
  }

  /** Its document root becomes `public_html/<folder>`, which has a page of that name. */
  async changeSite(domain: string, folder: string): Promise<void> {
    const site = await this.site(domain);
    let answer = await this.insist('PATCH', `/vhosts/${site?.id}`, { documentRoot: `public_html/${folder}` });
    while (answer.status === 409)
      answer = await this.insist('PATCH', `/vhosts/${site?.id}`, { documentRoot: `public_html/${folder}` });
    const { status, body } = answer;
    if (status >= 300) throw new Error(`${domain}: ${status} ${JSON.stringify(body)}`);
    this.acknowledged.set(domain, { page: folder });
  }

  async deleteSite(domain: string): Promise<void> {
    const site = await this.site(domain);
    if (site) {
      const { status, body } = await this.insist('DELETE', `/vhosts/${site.id}`);
      if (status >= 300 && status !== 404 && status !== 409)
        throw new Error(`${status} ${JSON.stringify(body)}`);
    }
    this.acknowledged.set(domain, null);
  }

  /** Kill a service, once it is there: systemd starts one that was killed again after half a second. */
  async kill(unit: string, signal = 'KILL'): Promise<void> {
    const argv = ['/usr/bin/systemctl', 'kill', '--kill-whom=main', `--signal=SIG${signal}`, unit];
    const end = Date.now() + 30_000;
    for (;;) {
      const { code, stderr } = await this.test.exec(argv);
      if (code === 0) return;
      if (!stderr.includes('No main process')) throw new Error(`${unit}: ${stderr}`);
      if (Date.now() > end) {
        const { stdout } = await this.test.exec([
          '/usr/bin/systemctl',
          'status',
          '--no-pager',
          '-n',
          '20',
          unit,
        ]);
        throw new Error(`${unit} did not come back: ${stdout}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
