import type { EntityManager } from '@mikro-orm/core';
import type { PluginState } from '../contracts.js';
import { sql } from '../db/sql.js';
import type { Tier } from './candidate.js';

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
  keptData: 'kept' | 'purge' | 'purged' | null;
  updatedAt: string;
}

const COLUMNS = `id, enabled, version, state, reason, tier, source, approved_driver_sha as "approvedDriverSha", kept_data as "keptData", updated_at::text as "updatedAt"`;

export async function readPluginRows(em: EntityManager): Promise<Map<string, PluginRow>> {
  const rows = await sql<PluginRow>(em, `select ${COLUMNS} from kernel.plugins order by id`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Insert or change one row; what is not named stays. */
export async function writePluginRow(em: EntityManager, id: string, change: Partial<Omit<PluginRow, 'id' | 'updatedAt'>> & { enabled: boolean }): Promise<void> {
  const names: Record<string, string> = { approvedDriverSha: 'approved_driver_sha', keptData: 'kept_data' };
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  const columns = entries.map(([key]) => names[key] ?? key);
  const values = entries.map(([, value]) => value);
  const places = columns.map((_, index) => `$${index + 2}`);
  await sql(
    em,
    `insert into kernel.plugins (id, ${columns.join(', ')}, enabled_at) values ($1, ${places.join(', ')}, case when $${columns.indexOf('enabled') + 2}::boolean then now() end)
     on conflict (id) do update set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, updated_at = now(),
       enabled_at = case when excluded.enabled and not kernel.plugins.enabled then now() else kernel.plugins.enabled_at end`,
    [id, ...values],
  );
}
