import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FakeAgent, startTestPanel, type TestPanel, type TestPanelOptions } from '@tenpanel/testing';

const folder = fileURLToPath(new URL('../../plugins', import.meta.url));

/** Folders of all plugins of this repository. */
export const allPlugins = readdirSync(folder)
  .map((name) => join(folder, name))
  .filter((dir) => existsSync(join(dir, 'package.json')));

/** A panel in this process with every plugin of this repository, on a simulated host that has PHP 8.4 and 8.2. */
export async function startFullPanel(options: Partial<TestPanelOptions> = {}): Promise<TestPanel> {
  const agent = new FakeAgent();
  agent.state.globs.set('php-fpm/debian', ['/usr/sbin/php-fpm8.4', '/usr/sbin/php-fpm8.2']);
  return startTestPanel({ plugins: allPlugins, agent, ...options });
}
