import { TestHost } from './test-host.js';

export interface Resource {
  id: number;
  status: string;
}

/** A test server on which the panel was set up as the documents tell, for production. */
export async function panelOnHost(name: string, binds: string[] = []): Promise<TestHost> {
  const host = await TestHost.start(name, binds);
  try {
    await host.must(['/usr/bin/env', 'CI=true', `${process.execPath}`, '/opt/tenpanel-source/core/cli/bin/tenpanel.js', 'setup', '--production', '--yes'], { timeout: 300_000 });
    await host.must(['/usr/local/bin/tenpanel', 'status', '--wait', '60']);
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** An account on its own plan, with a site for each PHP version given, all answering. */
export async function createAccount(host: TestHost, plan: number, name: string): Promise<Resource> {
  const made = await host.panel<{ account: Resource }>('accounts', 'create', '--name', name, '--plan', String(plan), '--wait');
  return made.account;
}
