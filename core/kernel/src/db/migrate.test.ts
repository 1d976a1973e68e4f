import pg from 'pg';
import type { MigrationStep } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_ROLE } from '../postgres/ensure-roles.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { dropPluginSchema, migrate } from './migrate.js';

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const run = (owner: string, steps: MigrationStep[]) =>
  migrate({ ownerUrl: database.ownerUrl, appRole: APP_ROLE, owner, steps, log: silentLog });
const step = (name: string, ...up: string[]): MigrationStep => ({ name, up });

describe('migrations', () => {
  it('run once, in the order of their names, in the schema of the plugin', async () => {
    const steps = [
      step('0002_fill', 'insert into thing values (1)'),
      step('0001_make', 'create table thing (id int primary key)'),
    ];
    expect(await run('my-plugin', steps)).toEqual(['0001_make', '0002_fill']);
    expect(await run('my-plugin', steps)).toEqual([]);
    expect((await admin.query('select id from plg_my_plugin.thing')).rows).toEqual([{ id: 1 }]);
  });

  it('let the app role use the tables, but not change them', async () => {
    const app = new pg.Client({ connectionString: database.appUrl });
    await app.connect();
    await app.query('insert into plg_my_plugin.thing values (2)');
    await expect(app.query('alter table plg_my_plugin.thing add column x int')).rejects.toThrow(
      'must be owner',
    );
    await expect(app.query('create table plg_my_plugin.other (id int)')).rejects.toThrow('permission denied');
    await app.end();
  });

  it('refuse a step that was changed after it had run', async () => {
    await expect(
      run('my-plugin', [step('0001_make', 'create table thing (id bigint primary key)')]),
    ).rejects.toThrow('was changed after it had run');
  });

  it('leave nothing of a step that fails, and keep those before it', async () => {
    await expect(
      run('broken', [
        step('0001_ok', 'create table a (id int)'),
        step('0002_bad', 'create table b (id int)', 'select nonsense'),
      ]),
    ).rejects.toThrow(/broken\/0002_bad failed and was rolled back/);
    const { rows } = await admin.query(`select tablename from pg_tables where schemaname = 'plg_broken'`);
    expect(rows).toEqual([{ tablename: 'a' }]);
    expect(
      await run('broken', [
        step('0001_ok', 'create table a (id int)'),
        step('0002_bad', 'create table b (id int)'),
      ]),
    ).toEqual(['0002_bad']);
  });

  it('protect every table with a tenant_id, named or forgotten', async () => {
    await run('tenants', [
      {
        ...step(
          '0001_make',
          'create table named (id int, tenant_id int)',
          'create table forgotten (id int, tenant_id int)',
          'create table free (id int)',
        ),
        tenantTables: ['named'],
      },
    ]);
    const { rows } = await admin.query(
      `select relname, relrowsecurity and relforcerowsecurity as held from pg_class where relnamespace = 'plg_tenants'::regnamespace and relkind = 'r' order by 1`,
    );
    expect(rows).toEqual([
      { relname: 'forgotten', held: true },
      { relname: 'free', held: false },
      { relname: 'named', held: true },
    ]);
    await expect(
      run('wrong', [{ ...step('0001_make', 'create table t (id int)'), tenantTables: ['t'] }]),
    ).rejects.toThrow('has no column tenant_id');
  });

  it('see all rows of protected tables while they run', async () => {
    await run('data', [
      step('0001_make', 'create table t (id int, tenant_id int)', 'insert into t values (1, 1), (2, 1)'),
    ]);
    await run('data', [
      step('0001_make', 'create table t (id int, tenant_id int)', 'insert into t values (1, 1), (2, 1)'),
      step('0002_change', 'update t set id = id + 10'),
    ]);
    expect((await admin.query('select id from plg_data.t order by 1')).rows).toEqual([
      { id: 11 },
      { id: 12 },
    ]);
  });

  it('wait for each other when two processes start together', async () => {
    const steps = [step('0001_make', 'create table t (id int)', 'select pg_sleep(0.1)')];
    const ran = await Promise.all([run('twice', steps), run('twice', steps), run('twice', steps)]);
    expect(ran.flat()).toEqual(['0001_make']);
  });

  it('refuse a name that would leave the schema', async () => {
    await expect(run('x"; drop schema kernel', [])).rejects.toThrow('is no plugin id');
    await expect(run('dup', [step('a'), step('a')])).rejects.toThrow('two migration steps named a');
  });

  it('leave nothing behind when a plugin is purged', async () => {
    await dropPluginSchema(database.ownerUrl, 'my-plugin');
    expect((await admin.query(`select 1 from pg_namespace where nspname = 'plg_my_plugin'`)).rows).toEqual(
      [],
    );
    expect(await run('my-plugin', [step('0001_make', 'create table other (id int)')])).toEqual(['0001_make']);
    await expect(dropPluginSchema(database.ownerUrl, 'kernel')).rejects.toThrow('never dropped');
  });

  it('give every table of the kernel with a tenant its policy', async () => {
    const { rows } = await admin.query(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
        where c.relnamespace = 'kernel'::regnamespace and c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity)`,
    );
    expect(rows).toEqual([]);
  });
});
