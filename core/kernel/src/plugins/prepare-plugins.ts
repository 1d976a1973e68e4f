import type { AgentInfo } from '@tenpanel/protocol';
import { sdkVersion } from '@tenpanel/sdk';
import semver from 'semver';
import type { Candidate } from './candidate.js';
import { checkDefinition } from './check-definition.js';
import type { CrashGuard } from './crash-guard.js';
import { discover, type DiscoverOptions } from './discover.js';
import { Lineup } from './lineup.js';
import { loadDefinition } from './load-definition.js';
import type { PluginRow } from './plugin-rows.js';
import { resolvePlugins } from './resolve-plugins.js';

export interface PrepareInput {
  where: DiscoverOptions;
  rows: ReadonlyMap<string, PluginRow>;
  /** Folders whose plugins run unless a row says otherwise (tests, `--plugin`). */
  wanted: readonly string[];
  /** Capabilities of the kernel -> version. */
  given: Readonly<Record<string, string>>;
  safeMode: boolean;
  /** null when the agent did not answer: drivers are then not judged, the agent itself refuses what it does not know. */
  drivers: AgentInfo['drivers'] | null;
  guard: CrashGuard;
}

/** From folders to modules: read manifests, decide who runs, import their code in order. Never throws for a plugin's sake. */
export async function preparePlugins(input: PrepareInput): Promise<Lineup> {
  const { candidates, unreadable } = await discover(input.where);
  const isOn = (one: Candidate) =>
    input.rows.get(one.id)?.enabled ?? (one.onByDefault || input.wanted.includes(one.dir));
  const enabled = candidates.filter((one) => one.essential || isOn(one));
  const skipped = input.guard.recall();
  const barred = new Map(
    enabled.flatMap((one) => {
      const why = barReason(one, input, skipped);
      return why ? [[one.id, why.reason] as const] : [];
    }),
  );
  const { order, blocked } = resolvePlugins(enabled, input.given, sdkVersion, barred);
  const lineup = new Lineup(candidates, unreadable, order);
  for (const one of candidates) {
    const row = input.rows.get(one.id);
    if (blocked.has(one.id))
      lineup.outcomes.set(one.id, {
        state: skipped.has(one.id) ? 'failed' : 'blocked',
        reason: blocked.get(one.id) ?? null,
      });
    else if (!enabled.includes(one)) lineup.outcomes.set(one.id, restingState(row));
  }
  for (const candidate of order) {
    if (lineup.fallen(candidate.id)) continue;
    try {
      input.guard.starting(candidate.id);
      const definition = await loadDefinition(candidate);
      checkDefinition(candidate, definition);
      lineup.add({ candidate, definition });
    } catch (error) {
      lineup.fall(candidate, error, 'Its code could not be loaded');
    }
  }
  input.guard.done();
  return lineup;
}

function restingState(row: PluginRow | undefined): {
  state: 'discovered' | 'installed' | 'disabled' | 'uninstalled';
  reason: string | null;
} {
  if (!row) return { state: 'discovered', reason: null };
  if (row.state === 'uninstalled') return { state: 'uninstalled', reason: row.reason };
  return { state: row.state === 'installed' ? 'installed' : 'disabled', reason: null };
}

function barReason(
  one: Candidate,
  input: PrepareInput,
  skipped: ReadonlySet<string>,
): { reason: string } | null {
  if (input.safeMode && !one.essential)
    return { reason: 'Safe mode is on: only essential plugins run. Leave it with `tenpanel safe-mode off`.' };
  if (skipped.has(one.id)) {
    return {
      reason:
        'It brought the panel down at its start twice within a minute, so it was left out. Enable it again to try once more.',
    };
  }
  const had = input.rows.get(one.id)?.version;
  if (had && semver.lt(one.version, had)) {
    return {
      reason: `Version ${one.version} is older than ${had}, which has written its data. Install ${had} or later.`,
    };
  }
  if (!one.driver || !input.drivers) return null;
  const installed = input.drivers.find((driver) => driver.id === one.id);
  const how = `Look at it and approve it on the server as root: tenpanel plugin approve ${one.id}`;
  if (!installed) return { reason: `Its host driver is not approved yet. ${how}` };
  return installed.sha256 === one.driver.sha256
    ? null
    : { reason: `Its host driver differs from the approved one. ${how}` };
}
