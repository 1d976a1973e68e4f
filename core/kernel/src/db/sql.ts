import type { EntityManager } from '@mikro-orm/core';
import { CompiledQuery, type Kysely } from 'kysely';

/**
 * Run one statement with `$1`-style parameters in the entity manager's transaction. Refuses to run outside of one,
 * where no tenant is set. Timestamps and 64-bit integers come back as text, as the ORM's pool leaves them.
 * Changes in memory that are not flushed are not seen.
 */
export async function sql<Row extends object>(
  em: EntityManager,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const context = em.getTransactionContext<Kysely<unknown>>();
  if (!context) throw new Error('SQL needs a transaction. Use db.transaction or db.read.');
  const result = await context.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return result.rows;
}
