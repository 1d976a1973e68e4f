import type { KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import type { Lineup } from '../plugins/lineup.js';
import { writePluginRow, type PluginRow, type RunSql } from '../plugins/plugin-rows.js';

/** Write how far each plugin came, so that the page and `tenpanel plugin list` tell it even when the panel is down. */
export async function saveStates(db: KernelDatabase, lineup: Lineup, rows: ReadonlyMap<string, PluginRow>, wanted: readonly string[]): Promise<void> {
  await db.transaction('/', async (em) => {
    const run: RunSql = (text, values) => sql(em, text, values);
    for (const one of lineup.candidates) {
      const row = rows.get(one.id);
      const { state, reason } = lineup.outcomes.get(one.id) ?? { state: 'running' as const, reason: null };
      const running = state === 'running';
      await writePluginRow(run, one.id, {
        enabled: one.essential || (row?.enabled ?? (one.onByDefault || wanted.includes(one.dir))),
        state,
        reason,
        tier: one.tier,
        // The version that has touched the data: a later start refuses an older one.
        ...(running && { version: one.version }),
        ...(running && one.driver && { approvedDriverSha: one.driver.sha256 }),
      });
    }
  });
}
