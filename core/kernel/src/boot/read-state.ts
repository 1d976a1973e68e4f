import type { Logger } from '@tenpanel/sdk';
import pg from 'pg';
import type { KernelConfig } from '../contracts.js';
import { parseDatabaseUrl } from '../db/database-url.js';
import { dropPluginSchema } from '../db/migrate.js';
import { readPluginRows, writePluginRow, type PluginRow, type RunSql } from '../plugins/plugin-rows.js';

/** What the database says of plugins, read before there is an ORM. Purges that somebody asked for are done here, with the owner's rights. */
export async function readPluginState(config: KernelConfig, log: Logger): Promise<Map<string, PluginRow>> {
  const client = new pg.Client({
    ...parseDatabaseUrl(config.databaseUrl),
    application_name: 'tenpanel-start',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const run: RunSql = async <Row extends object>(text: string, values?: readonly unknown[]) =>
      (await client.query(text, [...(values ?? [])])).rows as Row[];
    const rows = await readPluginRows(run);
    for (const row of rows.values()) {
      if (row.keptData !== 'purge') continue;
      await dropPluginSchema(config.ownerDatabaseUrl, row.id);
      await run('delete from kernel.settings where owner = $1', [row.id]);
      await writePluginRow(run, row.id, { enabled: false, keptData: 'purged', version: null });
      log.info({ plugin: row.id }, 'the data of an uninstalled plugin were erased');
    }
    return await readPluginRows(run);
  } finally {
    await client.end();
  }
}
