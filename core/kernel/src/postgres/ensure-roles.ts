import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { formatDatabaseUrl, parseDatabaseUrl } from '../db/database-url.js';

export const OWNER_ROLE = 'tenpanel_owner';
export const APP_ROLE = 'tenpanel_app';

export interface RoleUrls {
  /** Owns database and schemas; only migrations use it. */
  ownerUrl: string;
  /** Owns nothing and cannot bypass row-level security. */
  appUrl: string;
}

/**
 * Make the panel's database and its two roles on a server where `adminUrl` may create them. Idempotent; passwords that
 * are not given are generated and set. @throws when the server is older than PostgreSQL 15.
 */
export async function ensureRoles(
  adminUrl: string,
  options: { database?: string; ownerPassword?: string; appPassword?: string } = {},
): Promise<RoleUrls> {
  const address = parseDatabaseUrl(adminUrl);
  const database = options.database ?? 'tenpanel';
  const ownerPassword = options.ownerPassword ?? randomBytes(24).toString('base64url');
  const appPassword = options.appPassword ?? randomBytes(24).toString('base64url');
  const name = pg.escapeIdentifier(database);
  const admin = new pg.Client(address);
  await admin.connect();
  try {
    const { rows } = await admin.query<{ number: number }>(
      `select current_setting('server_version_num')::int as number`,
    );
    if ((rows[0]?.number ?? 0) < 150_000)
      throw new Error('The panel needs PostgreSQL 15 or later. Give it a newer server.');
    await ensureRole(admin, OWNER_ROLE, ownerPassword);
    await ensureRole(admin, APP_ROLE, appPassword);
    await admin.query(`grant ${OWNER_ROLE} to current_user`);
    const known = await admin.query('select 1 from pg_database where datname = $1', [database]);
    if (known.rowCount === 0)
      await admin.query(`create database ${name} owner ${OWNER_ROLE} encoding 'UTF8' template template0`);
    await admin.query(`revoke all on database ${name} from public`);
    await admin.query(`grant connect on database ${name} to ${APP_ROLE}`);
  } finally {
    await admin.end();
  }
  return {
    ownerUrl: formatDatabaseUrl({ ...address, database, user: OWNER_ROLE, password: ownerPassword }),
    appUrl: formatDatabaseUrl({ ...address, database, user: APP_ROLE, password: appPassword }),
  };
}

async function ensureRole(admin: pg.Client, role: string, password: string): Promise<void> {
  const attributes = `login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${pg.escapeLiteral(password)}`;
  const known = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
  await admin.query(`${known.rowCount === 0 ? 'create' : 'alter'} role ${role} ${attributes}`);
}
