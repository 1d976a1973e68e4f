import { connectAgent } from '@tenpanel/protocol';
import type { HostDriver } from './drivers.js';

export interface PackageProgress {
  say(line: string): void;
  /** Output of the package manager. */
  line(line: string): void;
}

/** Have the agent install the system packages of these drivers' plugins. Does nothing for what is there already. */
export async function installPluginPackages(
  agentSocket: string,
  drivers: readonly HostDriver[],
  progress: PackageProgress,
): Promise<string[]> {
  const agent = connectAgent(agentSocket);
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
          { timeoutSeconds: 1800, onEvent: (event) => progress.line(lineOf(event)) },
        );
        installed.push(...done.installed);
      }
    }
  } finally {
    agent.close();
  }
  return installed;
}

function lineOf(event: unknown): string {
  if (typeof event === 'string') return event;
  const line = event !== null && typeof event === 'object' && 'line' in event ? event.line : '';
  return typeof line === 'string' ? line : '';
}
