import { LockMode, type EntityManager, type EntitySchema } from '@mikro-orm/core';

/**
 * Read a row that is going to be changed: locked until the transaction ends and as it is now. A new `spec` is computed
 * from the old one, so without this two requests at the same moment would each write what they had read, and the first
 * change would be lost. Changes in memory that are not flushed yet are written first.
 * @param where of an entity; null when there is no such row that may be seen
 */
export async function oneForChange<Row extends object>(
  em: EntityManager,
  entity: unknown,
  where: Record<string, unknown>,
): Promise<Row | null> {
  return (await manyForChange<Row>(em, entity, where, 1))[0] ?? null;
}

/** The same for several rows, in the order of their ids: two transactions that lock the same ones do not block each other. */
export async function manyForChange<Row extends object>(
  em: EntityManager,
  entity: unknown,
  where: Record<string, unknown>,
  limit?: number,
): Promise<Row[]> {
  await em.flush();
  const options = {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    refresh: true,
    orderBy: { id: 'asc' },
    ...(limit === undefined ? {} : { limit }),
  };
  return (await em.find(entity as EntitySchema<Row>, where as never, options as never)) as Row[];
}
