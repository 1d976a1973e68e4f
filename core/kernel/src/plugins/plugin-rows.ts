import type { PluginState } from '../contracts.js';
import type { Tier } from './candidate.js';

/** Runs one statement with `$1`-style parameters: bound to a transaction, or to a bare connection while the kernel starts. */
export type RunSql = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** What the database remembers of a plugin. */
export interface PluginRow {
  id: string;
  enabled: boolean;
  version: string | null;
  state: PluginState;
  reason: string | null;
  tier: Tier;
  /** Folder, for a plugin that was loaded by path. */
  source: string | null;
  approvedDriverSha: string | null;
  /** After uninstall: `purge` is asked for and done at the next start. */
  keptData: 'kept' | 'purge' | 'purged' | null;
}

export type PluginRowChange = Partial<Omit<PluginRow, 'id'>> & { enabled: boolean };

const COLUMNS: Record<keyof Omit<PluginRow, 'id'>, string> = {
  enabled: 'enabled',
  version: 'version',
  state: 'state',
  reason: 'reason',
  tier: 'tier',
  source: 'source',
  approvedDriverSha: 'approved_driver_sha',
  keptData: 'kept_data',
};

export async function readPluginRows(run: RunSql): Promise<Map<string, PluginRow>> {
  const columns = Object.entries(COLUMNS).map(([key, column]) => `${column} as "${key}"`);
  const rows = await run<PluginRow>(`select id, ${columns.join(', ')} from kernel.plugins order by id`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Insert or change one row; what is not named stays. */
export async function writePluginRow(run: RunSql, id: string, change: PluginRowChange): Promise<void> {
  const keys = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).filter((key) => change[key] !== undefined);
  const columns = keys.map((key) => COLUMNS[key]);
  await run(
    `insert into kernel.plugins (id, enabled_at, ${columns.join(', ')})
     values ($1, case when $2::boolean then now() end, ${columns.map((_, index) => `$${index + 3}`).join(', ')})
     on conflict (id) do update set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, updated_at = now(),
       enabled_at = case when excluded.enabled and not plugins.enabled then now() else plugins.enabled_at end`,
    [id, change.enabled, ...keys.map((key) => change[key])],
  );
}
