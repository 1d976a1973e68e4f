import type { KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import type { Lineup } from '../plugins/lineup.js';
import type { PluginRow } from '../plugins/plugin-rows.js';

/**
 * Write how far each plugin came, so that the page and `tenpanel plugin list` tell it even when the panel is down.
 * `enabled` of a row that exists is left alone: an administrator may have changed it since this start began. Answers
 * the ids that were enabled when it began, as the table has them when nobody changed it.
 */
export async function saveStates(
  db: KernelDatabase,
  lineup: Lineup,
  rows: ReadonlyMap<string, PluginRow>,
  wanted: readonly string[],
): Promise<Set<string>> {
  const enabled = new Set([...rows.values()].filter((row) => row.enabled).map(({ id }) => id));
  await db.transaction('/', async (em) => {
    for (const one of lineup.candidates) {
      const { state, reason } = lineup.outcomes.get(one.id) ?? { state: 'running' as const, reason: null };
      const running = state === 'running';
      const on = one.essential || one.onByDefault || wanted.includes(one.dir);
      if (!rows.has(one.id) && on) enabled.add(one.id);
      await sql(
        em,
        `insert into kernel.plugins (id, enabled, enabled_at, state, reason, tier, version, approved_driver_sha)
         values ($1, $2, case when $2::boolean then now() end, $3, $4, $5, $6, $7)
         on conflict (id) do update set state = excluded.state, reason = excluded.reason, tier = excluded.tier, updated_at = now(),
           version = coalesce(excluded.version, plugins.version),
           approved_driver_sha = coalesce(excluded.approved_driver_sha, plugins.approved_driver_sha)`,
        // The version that has touched the data: a later start refuses an older one.
        [
          one.id,
          on,
          state,
          reason,
          one.tier,
          running ? one.version : null,
          running ? (one.driver?.sha256 ?? null) : null,
        ],
      );
    }
  });
  return enabled;
}
