import { createHash } from 'node:crypto';
import type { Logger, MigrationStep } from '@tenpanel/sdk';
import pg from 'pg';
import { parseDatabaseUrl } from './database-url.js';
import { protectTenantTables } from './protect-tenant-tables.js';
import { withOwner } from './with-owner.js';

export interface MigrateOptions {
  ownerUrl: string;
  /** An open connection of the owner (`withOwner`) to ask what has run. Steps run on one of their own, which they may break. */
  client?: pg.Client;
  /** Role that gets the rights to use the tables, but owns nothing. */
  appRole: string;
  /** `kernel` or the plugin's id. */
  owner: string;
  steps: readonly MigrationStep[];
  log: Logger;
}

const identifier = (name: string) => pg.escapeIdentifier(name);

/** Schema of a plugin's tables: `plg_dns_bind` for `dns-bind`; the kernel's is `kernel`. */
export function schemaOf(owner: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(owner)) throw new Error(`"${owner}" is no plugin id.`);
  return owner === 'kernel' ? 'kernel' : `plg_${owner.replaceAll('-', '_')}`;
}

/**
 * Run the steps that have not run yet, each in one transaction, in the order of their names. Two processes that start
 * together wait for each other. Every table with a `tenant_id` ends up with row-level security, named or not.
 * @returns names of the steps that ran now
 * @throws Error when a step that has run was changed afterwards, or when a statement fails (its step is rolled back)
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const schema = schemaOf(options.owner);
  const steps = [...options.steps].sort((a, b) => (a.name < b.name ? -1 : 1));
  const twice = steps.find((step, index) => step.name === steps[index - 1]?.name);
  if (twice) throw new Error(`${options.owner} has two migration steps named ${twice.name}.`);
  const unapplied = async (client: pg.Client) =>
    pending(options.owner, steps, await stepsThatRan(client, options.owner));
  // At nearly every start there is nothing to do, and one question says so.
  if (options.client && (await unapplied(options.client)).length === 0) return [];
  return withOwner(options.ownerUrl, async (client) => {
    await client.query(`select pg_advisory_lock(hashtext('tenpanel.migrate'))`);
    await prepare(client, schema, options.appRole);
    const ran: string[] = [];
    for (const { step, hash } of await unapplied(client)) {
      await runStep(client, schema, options, step, hash);
      ran.push(step.name);
    }
    if (ran.length > 0)
      options.log.info({ owner: options.owner, steps: ran }, 'the database schema was brought up to date');
    return ran;
  });
}

/** Name -> hash of the owner's steps that have run; empty before the very first start. */
async function stepsThatRan(client: pg.Client, owner: string): Promise<Map<string, string>> {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('kernel.migrations') is not null as there`,
  );
  if (!found[0]?.there) return new Map();
  const { rows } = await client.query<{ name: string; hash: string }>(
    'select name, hash from kernel.migrations where owner = $1',
    [owner],
  );
  return new Map(rows.map((row) => [row.name, row.hash]));
}

/** @throws Error when a step that has run is no longer what it was */
function pending(
  owner: string,
  steps: readonly MigrationStep[],
  known: ReadonlyMap<string, string>,
): { step: MigrationStep; hash: string }[] {
  return steps.flatMap((step) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([step.up, step.tenantTables ?? []]))
      .digest('hex');
    const before = known.get(step.name);
    if (before === hash) return [];
    if (before !== undefined) {
      throw new Error(
        `The migration ${owner}/${step.name} was changed after it had run. Put it back and write the change as a new step.`,
      );
    }
    return [{ step, hash }];
  });
}

/** Erase everything a plugin has stored. Only purge does this. */
export async function dropPluginSchema(ownerUrl: string, owner: string): Promise<void> {
  if (owner === 'kernel') throw new Error("The kernel's own schema is never dropped.");
  const client = new pg.Client(parseDatabaseUrl(ownerUrl));
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`drop schema if exists ${identifier(schemaOf(owner))} cascade`);
    await client.query('delete from kernel.migrations where owner = $1', [owner]);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function prepare(client: pg.Client, schema: string, appRole: string): Promise<void> {
  const role = identifier(appRole);
  await client.query('create schema if not exists kernel');
  await client.query(
    `create table if not exists kernel.migrations (
       owner text not null, name text not null, hash text not null, at timestamptz not null default now(), primary key (owner, name))`,
  );
  const name = identifier(schema);
  await client.query(`create schema if not exists ${name}`);
  await client.query(`grant usage on schema ${name} to ${role}`);
  // Holds for every table that a step makes; a step may take rights away again (the audit log does).
  await client.query(
    `alter default privileges in schema ${name} grant select, insert, update, delete on tables to ${role}`,
  );
  await client.query(
    `alter default privileges in schema ${name} grant usage, select on sequences to ${role}`,
  );
}

async function runStep(
  client: pg.Client,
  schema: string,
  options: MigrateOptions,
  step: MigrationStep,
  hash: string,
): Promise<void> {
  try {
    await client.query('begin');
    await client.query(`set local search_path = ${identifier(schema)}`);
    // Row-level security binds the owner too: a step that moves data must see all of it.
    await client.query(`select set_config('app.tenant', '/', true), set_config('app.role', $1, true)`, [
      options.appRole,
    ]);
    for (const statement of step.up) await client.query(statement);
    await protectTenantTables(client, schema, step.tenantTables ?? []);
    await client.query('insert into kernel.migrations (owner, name, hash) values ($1, $2, $3)', [
      options.owner,
      step.name,
      hash,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new Error(
      `The migration ${options.owner}/${step.name} failed and was rolled back: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
