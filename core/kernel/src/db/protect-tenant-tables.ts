import pg from 'pg';

/**
 * A row is visible when its tenant lies below the path that the transaction was opened for. `current_setting` is empty
 * after an earlier transaction of the same connection, hence `nullif`: an unset path shows nothing. Both sub-selects
 * are uncorrelated, so that they are computed once a query; the provider (`/`) does not even read the tree.
 */
export const TENANT_POLICY = `(
  (select current_setting('app.tenant', true)) = '/'
  or tenant_id in (select id from kernel.tenants where path ^@ nullif(current_setting('app.tenant', true), ''))
)`;

/** Enable and force row-level security on the named tables and on every other table of the schema that has a `tenant_id`. */
export async function protectTenantTables(
  client: pg.Client,
  schema: string,
  named: readonly string[],
): Promise<void> {
  const { rows } = await client.query<{ name: string; has_column: boolean; has_policy: boolean }>(
    `select c.relname as name,
            exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as has_column,
            exists (select 1 from pg_policy p where p.polrelid = c.oid) as has_policy
       from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p')`,
    [pg.escapeIdentifier(schema)],
  );
  for (const name of named) {
    if (!rows.some((row) => row.name === name && row.has_column)) {
      throw new Error(
        `The table ${name} is named in tenantTables but has no column tenant_id. Add the column or take the name out.`,
      );
    }
  }
  for (const { name, has_column, has_policy } of rows) {
    // A table with a policy of its own (the audit log) has said what it wants.
    if (!has_column || has_policy) continue;
    const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    await client.query(`alter table ${table} enable row level security`);
    await client.query(`alter table ${table} force row level security`);
    await client.query(`create policy tenant on ${table} using ${TENANT_POLICY} with check ${TENANT_POLICY}`);
  }
}
