import { join } from 'node:path';
import { connectAgent } from '@tenpanel/protocol';
import type { CliContext } from '../context.js';
import { plain } from '../output/plain.js';
import { LogFile } from '../start/log-file.js';
import type { Progress } from '../start/progress.js';
import type { HostDriver } from './drivers.js';

/** Have the agent install the system packages of these drivers' plugins; the package manager's words go to `packages.log`. */
export async function installPluginPackages(
  { layout, terminal }: CliContext,
  drivers: readonly HostDriver[],
  progress: Progress,
): Promise<string[]> {
  const log = new LogFile(join(layout.logDir, 'packages.log'));
  const onEvent = (event: unknown) => {
    const line = lineOf(event);
    log.write(`${line}\n`);
    if (terminal.live) terminal.progress(plain(line));
  };
  const agent = connectAgent(layout.agentSocket);
  const installed: string[] = [];
  try {
    for (const { plugin, packages } of drivers) {
      for (const set of packages) {
        const { missing } = await agent.call('package.status', { driver: plugin, set });
        if (missing.length === 0) continue;
        progress.say(`system packages of ${plugin}: ${missing.join(', ')}`);
        const done = await agent.call(
          'package.install',
          { driver: plugin, set },
          { timeoutSeconds: 1800, onEvent },
        );
        installed.push(...done.installed);
      }
    }
  } finally {
    agent.close();
    log.close();
    terminal.progress('');
  }
  return installed;
}

function lineOf(event: unknown): string {
  if (typeof event === 'string') return event;
  const line = event !== null && typeof event === 'object' && 'line' in event ? event.line : '';
  return typeof line === 'string' ? line : '';
}
