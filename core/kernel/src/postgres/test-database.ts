import { createHash, randomBytes } from 'node:crypto';
import type { MigrationStep } from '@tenpanel/sdk';
import pg from 'pg';
import { withDatabase } from '../db/database-url.js';
import { kernelMigrations } from '../db/kernel-migrations.js';
import { migrate } from '../db/migrate.js';
import { migrateKernel } from '../db/migrate-kernel.js';
import { APP_ROLE, OWNER_ROLE } from './ensure-roles.js';
import { silentLog, testServer, type TestServer } from './test-server.js';

export interface TestDatabase {
  ownerUrl: string;
  appUrl: string;
  /** Superuser in this database: sees past row-level security, for what a test has to forge or to look at. */
  adminUrl: string;
  drop(): Promise<void>;
}

/**
 * A database of its own with the kernel's schema (copied from a template, so that it takes about 0.1 s) and those of
 * the given owners. Drop it when the test is done.
 */
export async function createTestDatabase(
  options: { migrations?: { owner: string; steps: readonly MigrationStep[] }[] } = {},
): Promise<TestDatabase> {
  const server = await testServer();
  const template = await kernelTemplate(server);
  const name = `tenpanel_test_${randomBytes(6).toString('hex')}`;
  await create(server, name, template);
  const urls = {
    ownerUrl: withDatabase(server.ownerUrl, name),
    appUrl: withDatabase(server.appUrl, name),
    adminUrl: withDatabase(server.adminUrl, name),
  };
  for (const { owner, steps } of options.migrations ?? []) {
    await migrate({ ownerUrl: urls.ownerUrl, appRole: APP_ROLE, owner, steps, log: silentLog });
  }
  return {
    ...urls,
    drop: async () =>
      void (await server.admin.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`)),
  };
}

async function kernelTemplate(server: TestServer): Promise<string> {
  const name = `tenpanel_template_${createHash('sha256').update(JSON.stringify(kernelMigrations)).digest('hex').slice(0, 12)}`;
  const known = () => server.admin.query('select 1 from pg_database where datname = $1', [name]);
  if ((await known()).rowCount) return name;
  await server.admin.query(`select pg_advisory_lock(hashtext('tenpanel.test.template'))`);
  try {
    if ((await known()).rowCount) return name;
    const building = `tenpanel_test_${randomBytes(6).toString('hex')}`;
    await create(server, building, 'template0');
    await migrateKernel({
      ownerUrl: withDatabase(server.ownerUrl, building),
      appRole: APP_ROLE,
      log: silentLog,
    });
    await server.admin.query(`alter database ${building} rename to ${name}`);
    return name;
  } finally {
    await server.admin.query(`select pg_advisory_unlock(hashtext('tenpanel.test.template'))`);
  }
}

async function create(server: TestServer, name: string, template: string): Promise<void> {
  await server.admin.query(
    `create database ${pg.escapeIdentifier(name)} owner ${OWNER_ROLE} template ${pg.escapeIdentifier(template)}`,
  );
  await server.admin.query(`revoke all on database ${pg.escapeIdentifier(name)} from public`);
  await server.admin.query(`grant connect on database ${pg.escapeIdentifier(name)} to ${APP_ROLE}`);
}
