import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { parseDatabaseUrl } from '../db/database-url.js';

export const QUEUE_SCHEMA = 'pgboss';

/** Create or update pg-boss's schema with the owner's rights, and let the app role use it. */
export async function ensureQueueSchema(options: { ownerUrl: string; appRole: string }): Promise<void> {
  const address = parseDatabaseUrl(options.ownerUrl);
  const boss = new PgBoss({
    ...address,
    schema: QUEUE_SCHEMA,
    max: 2,
    supervise: false,
    schedule: false,
    registerInstance: false,
  });
  await boss.start();
  await boss.stop({ graceful: false });
  const client = new pg.Client(address);
  await client.connect();
  try {
    const role = pg.escapeIdentifier(options.appRole);
    await client.query(`grant usage on schema ${QUEUE_SCHEMA} to ${role}`);
    await client.query(
      `grant select, insert, update, delete on all tables in schema ${QUEUE_SCHEMA} to ${role}`,
    );
    await client.query(`grant usage, select on all sequences in schema ${QUEUE_SCHEMA} to ${role}`);
    await client.query(`grant execute on all functions in schema ${QUEUE_SCHEMA} to ${role}`);
  } finally {
    await client.end();
  }
}
