import type { AgentCall } from '@tenpanel/sdk';
import { slotOf, slotOfPath } from './slot.js';

export interface FoundVersion {
  version: string;
  slot: string;
  path: string;
  extensions: string[];
}

/** Ask the host which PHP-FPM it has. A version in two places is taken from its own path before the system's. */
export async function discover(agent: AgentCall): Promise<FoundVersion[]> {
  const globs = await Promise.all(
    ['debian', 'remi'].map((glob) => agent('host.glob', { driver: 'php-fpm', glob })),
  );
  const found = new Map<string, FoundVersion>();
  for (const path of globs.flatMap((answer) => answer.paths)) {
    const slot = slotOfPath(path);
    if (!slot) continue;
    const version = slot === 'system' ? await systemVersion(agent) : slot;
    if (!version || (found.has(version) && slot === 'system')) continue;
    found.set(version, { version, slot, path, extensions: await extensionsOf(agent, slot) });
  }
  return [...found.values()].sort((a, b) => compareVersions(b.version, a.version));
}

export function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

async function systemVersion(agent: AgentCall): Promise<string | null> {
  const { exitCode, stdout } = await agent('exec', { driver: 'php-fpm', command: 'versionsystem', args: {} });
  return exitCode === 0 ? (/^PHP (\d+\.\d+)\./.exec(stdout)?.[1] ?? null) : null;
}

/** Names as `php-fpm -m` prints them, lower case. An FPM that does not start has none. */
async function extensionsOf(agent: AgentCall, slot: string): Promise<string[]> {
  const command = slotOf(slot).service.replace('fpm', 'modules');
  const { exitCode, stdout } = await agent('exec', { driver: 'php-fpm', command, args: {} });
  if (exitCode !== 0) return [];
  const names = stdout.split('\n').map((line) => line.trim().toLowerCase());
  return [...new Set(names.filter((name) => /^[a-z][a-z0-9_ ]*$/.test(name)))].sort();
}
