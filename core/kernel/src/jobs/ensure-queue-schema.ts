import { createRequire } from 'node:module';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { parseDatabaseUrl } from '../db/database-url.js';

export const QUEUE_SCHEMA = 'pgboss';
const OWNER = 'queue';

/**
 * Create or update pg-boss's schema with the owner's rights, and let the app role use it. What was done is kept beside
 * the migrations, so that a later start with the same version asks one question only.
 */
export async function ensureQueueSchema(options: {
  ownerUrl: string;
  appRole: string;
  client: pg.Client;
}): Promise<void> {
  const { client, appRole } = options;
  const { version } = createRequire(import.meta.url)('pg-boss/package.json') as { version: string };
  const done = await client.query(
    `select 1 from kernel.migrations where owner = $1 and name = $2 and hash = $3
      and to_regclass('${QUEUE_SCHEMA}.version') is not null`,
    [OWNER, version, appRole],
  );
  if (done.rowCount) return;
  const boss = new PgBoss({
    ...parseDatabaseUrl(options.ownerUrl),
    schema: QUEUE_SCHEMA,
    max: 2,
    supervise: false,
    schedule: false,
    registerInstance: false,
  });
  await boss.start();
  await boss.stop({ graceful: false });
  const role = pg.escapeIdentifier(appRole);
  await client.query(`grant usage on schema ${QUEUE_SCHEMA} to ${role}`);
  await client.query(
    `grant select, insert, update, delete on all tables in schema ${QUEUE_SCHEMA} to ${role}`,
  );
  await client.query(`grant usage, select on all sequences in schema ${QUEUE_SCHEMA} to ${role}`);
  await client.query(`grant execute on all functions in schema ${QUEUE_SCHEMA} to ${role}`);
  await client.query(
    `insert into kernel.migrations (owner, name, hash) values ($1, $2, $3)
     on conflict (owner, name) do update set hash = excluded.hash, at = now()`,
    [OWNER, version, appRole],
  );
}
