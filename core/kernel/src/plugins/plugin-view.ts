import { roles, z } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import type { Candidate, Unreadable } from './candidate.js';
import type { Outcome } from './lineup.js';
import type { PluginRow } from './plugin-rows.js';

const stateSchema = z.enum([
  'discovered',
  'blocked',
  'installed',
  'running',
  'failed',
  'disabled',
  'uninstalled',
]);
const ranges = z.record(z.string(), z.string());

export const pluginSummarySchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  version: z.string().nullable(),
  tier: z.enum(['core', 'verified', 'community', 'local']),
  essential: z.boolean(),
  enabled: z.boolean(),
  state: stateSchema,
  /** Why it does not run, in plain words. */
  reason: z.string().nullable(),
});

export const pluginSchema = z.strictObject({
  ...pluginSummarySchema.shape,
  package: z.string(),
  /** Folder, for a plugin that was loaded by path. */
  source: z.string().nullable(),
  provides: ranges,
  requires: ranges,
  optional: ranges,
  conflicts: ranges,
  permissions: z.array(
    z.strictObject({ name: z.string(), title: z.string(), roles: z.array(z.enum(roles)) }),
  ),
  hooks: z.strictObject({ offers: z.array(z.string()), uses: z.array(z.string()) }),
  /** Operations of the root agent it may call. */
  operations: z.array(z.string()),
  driver: z
    .strictObject({ path: z.string(), sha256: z.string(), approvedSha256: z.string().nullable() })
    .nullable(),
  packages: z.array(z.string()),
  settings: z.array(z.string()),
  /** Enabled plugins that would stop with it. */
  dependants: z.array(z.string()),
  keptData: z.enum(['kept', 'purge', 'purged']).nullable(),
});

export type PluginSummary = z.infer<typeof pluginSummarySchema>;
export type PluginView = z.infer<typeof pluginSchema>;

/** What is known of one plugin: from its folder, from the database, and from this process. */
export interface PluginFacts {
  candidate: Candidate;
  row: PluginRow | undefined;
  outcome: Outcome | undefined;
  running: ReturnType<Registry['plugins']['get']>;
}

export function summaryOf({ candidate, row, outcome, running }: PluginFacts): PluginSummary {
  return {
    id: candidate.id,
    title: candidate.manifest.title,
    version: candidate.version,
    tier: candidate.tier,
    essential: candidate.essential,
    enabled: candidate.essential || (row?.enabled ?? candidate.onByDefault),
    state: running?.state ?? outcome?.state ?? 'discovered',
    reason: running?.reason ?? outcome?.reason ?? null,
  };
}

export function viewOf(facts: PluginFacts, dependants: readonly string[]): PluginView {
  const { candidate, row } = facts;
  const { manifest } = candidate;
  return {
    ...summaryOf(facts),
    package: candidate.package,
    source: row?.source ?? null,
    provides: manifest.provides,
    requires: manifest.requires,
    optional: manifest.optional,
    conflicts: manifest.conflicts,
    permissions: Object.entries(manifest.permissions).map(([name, { title, roles: who }]) => ({
      name,
      title,
      roles: who,
    })),
    hooks: manifest.hooks,
    operations: manifest.operations,
    driver: candidate.driver && {
      path: manifest.driver ?? '',
      sha256: candidate.driver.sha256,
      approvedSha256: row?.approvedDriverSha ?? null,
    },
    packages: manifest.packages,
    settings: Object.keys(manifest.settings),
    dependants: [...dependants],
    keptData: row?.keptData ?? null,
  };
}

/** A folder that cannot be read as a plugin is shown too: silence would make people search. */
export function unreadableSummary({ id, reason }: Unreadable): PluginSummary {
  return {
    id,
    title: id,
    version: null,
    tier: 'local',
    essential: false,
    enabled: false,
    state: 'blocked',
    reason,
  };
}
