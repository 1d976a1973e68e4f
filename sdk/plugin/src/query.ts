import type { EntityManager } from '@mikro-orm/core';

/**
 * Run SQL in the entity manager's transaction, where row-level security holds. Values are `?` in the text and given
 * in `params`; tables are written with their schema (`plg_accounts.account`). Changes in memory that are not flushed
 * yet are not seen: `await em.flush()` first.
 */
export async function query<Row extends object>(
  em: EntityManager,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const rows: unknown = await em.getConnection().execute(sql, [...params], 'all', em.getTransactionContext());
  return rows as Row[];
}
