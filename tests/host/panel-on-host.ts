import { application, TestHost } from './test-host.js';

export interface Resource {
  id: number;
  status: string;
}

/** A test server on which the panel was set up as the documents tell, for production under systemd. */
export async function panelOnHost(name: string, binds: string[] = []): Promise<TestHost> {
  const host = await TestHost.start(name, binds);
  try {
    const command = [`${application}/node_modules/.bin/node`, `${application}/core/cli/bin/tenpanel.js`];
    await host.must([...command, 'setup', '--production', '--yes'], { timeout: 400_000 });
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** One plan without tight limits; its id. */
export async function createPlan(host: TestHost, name: string): Promise<number> {
  return (await host.panel<Resource>('plans', 'create', '--name', name)).id;
}

export async function createAccount(host: TestHost, plan: number, name: string): Promise<number> {
  const { account } = await host.panel<{ account: Resource }>(
    'accounts',
    'create',
    '--name',
    name,
    '--plan',
    String(plan),
  );
  return account.id;
}

/** A site on the given PHP version; resolves when it is active. */
export async function createSite(
  host: TestHost,
  account: number,
  domain: string,
  version?: string,
): Promise<number> {
  const wish = version === undefined ? [] : ['--json-body', JSON.stringify({ extra: { php: { version } } })];
  const site = await host.panel<Resource>(
    'vhosts',
    'create',
    '--account',
    String(account),
    '--domain',
    domain,
    ...wish,
  );
  if (site.status !== 'active') throw new Error(`${domain} is ${site.status}: ${JSON.stringify(site)}`);
  return site.id;
}

/** Put a file into a site as its customer. */
export async function writeAs(host: TestHost, account: string, path: string, content: string): Promise<void> {
  await host.must(['/usr/sbin/runuser', '-u', account, '--', '/usr/bin/tee', path], { input: content });
}
