import type { Kernel } from '../contracts.js';
import type { HookTable } from '../hooks/hook-table.js';
import type { Capabilities } from './capabilities.js';
import { commitStage } from './commit-stage.js';
import type { CrashGuard } from './crash-guard.js';
import type { Lineup } from './lineup.js';
import { startPlugin } from './start-plugin.js';

export interface StartPluginsParts {
  kernel: Kernel;
  hooks: HookTable;
  lineup: Lineup;
  capabilities: Capabilities;
  guard: CrashGuard;
  onBreach(pluginId: string, reason: string): void;
  setupLimitMs?: number | undefined;
}

export interface PluginCalls {
  /** `kit.onStart` of all plugins, providers first. */
  starts: { plugin: string; start: () => Promise<void> }[];
  /** `kit.onStop` of all plugins, providers last. */
  stops: (() => Promise<void>)[];
}

/** Run `setup` of every plugin in order and put what each registered into the registry. */
export async function startPlugins(parts: StartPluginsParts): Promise<PluginCalls> {
  const { kernel, lineup, guard } = parts;
  const calls: PluginCalls = { starts: [], stops: [] };
  // All offers are known before any setup, so that a tap may be declared before its hook's owner is up.
  for (const { candidate } of lineup.alive) parts.hooks.offer(candidate.manifest.hooks.offers);
  await lineup.each('Its setup failed', async ({ candidate, definition }) => {
    guard.starting(candidate.id);
    const staged = await startPlugin(parts, candidate, definition);
    commitStage(kernel, parts.capabilities, candidate, staged);
    calls.starts.push(...staged.starts.map((start) => ({ plugin: candidate.id, start })));
    calls.stops.unshift(...staged.stops);
  });
  guard.done();
  for (const { candidate } of lineup.alive) {
    kernel.log.debug({ plugin: candidate.id, version: candidate.version }, 'plugin is running');
  }
  for (const candidate of lineup.candidates) {
    const { state, reason } = lineup.outcomes.get(candidate.id) ?? { state: 'running', reason: null };
    const { id, manifest, dir, version } = candidate;
    kernel.registry.plugins.set(id, { manifest, dir, version, state, reason });
    if (state === 'blocked' || state === 'failed')
      kernel.log.warn({ plugin: id, state, reason }, 'a plugin does not run');
  }
  return calls;
}
