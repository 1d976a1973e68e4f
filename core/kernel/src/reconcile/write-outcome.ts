import type { EntityManager } from '@mikro-orm/core';
import { resourceStatus, type Condition, type ResourceRow } from '@tenpanel/sdk';
import { sql } from '../db/sql.js';
import type { ResourceKind } from '../desired/resource-kind.js';
import { sameConditions } from './conditions.js';

/** Told on every change of a status, so that `Prefer: wait` and event streams need not ask again and again. */
export const RESOURCE_CHANNEL = 'resource';

/**
 * Write what was found for the generation that was worked on. A row that has moved on meanwhile is left alone: it is
 * in the queue again. Nothing is written when nothing has changed. @returns false for a row that has moved on
 */
export async function writeStatus(
  em: EntityManager,
  kind: ResourceKind,
  row: ResourceRow,
  found: { conditions: Condition[]; observed: boolean },
): Promise<boolean> {
  const observedGeneration = found.observed ? row.generation : row.observedGeneration;
  if (observedGeneration === row.observedGeneration && sameConditions(row.conditions, found.conditions))
    return true;
  const written = await sql(
    em,
    `update ${kind.table} set observed_generation = $3, conditions = $4 where id = $1 and generation = $2 returning id`,
    [row.id, row.generation, observedGeneration, JSON.stringify(found.conditions)],
  );
  if (written.length === 0) return false;
  const status = resourceStatus({
    generation: row.generation,
    observedGeneration,
    conditions: found.conditions,
    deletedAt: row.deletedAt ?? null,
  });
  await notifyResource(em, { kind: kind.kind, id: row.id, generation: row.generation, status });
  return true;
}

/**
 * The row is gone from the server: take it out of the table. The history remembers the last generation, so that a row
 * that comes back by undo is never behind what the agent has seen.
 * @returns `stale` when it was changed meanwhile, `used` when other rows refer to it
 */
export async function deleteRow(
  em: EntityManager,
  kind: ResourceKind,
  row: ResourceRow,
): Promise<'deleted' | 'stale' | 'used'> {
  await sql(em, 'savepoint row');
  try {
    const gone = await sql(
      em,
      `delete from ${kind.table} where id = $1 and generation = $2 and deleted_at is not null returning id`,
      [row.id, row.generation],
    );
    if (gone.length === 0) return 'stale';
  } catch (error) {
    if ((error as { code?: unknown }).code !== '23503') throw error;
    await sql(em, 'rollback to savepoint row');
    return 'used';
  }
  await sql(
    em,
    `insert into kernel.resource_history (kind, object_id, tenant_id, generation, change, spec, columns, change_id, actor)
     select kind, object_id, tenant_id, $3, 'delete', spec, columns, change_id, actor from kernel.resource_history
      where kind = $1 and object_id = $2 order by generation desc limit 1
     on conflict do nothing`,
    [kind.kind, row.id, row.generation],
  );
  await notifyResource(em, { kind: kind.kind, id: row.id, generation: row.generation, status: 'deleted' });
  return 'deleted';
}

/**
 * The agent has seen a later generation than the table knows: the database was put back from a backup. Go on from
 * there, or the row could never be applied again.
 */
export async function catchUp(
  em: EntityManager,
  kind: ResourceKind,
  row: ResourceRow,
  committed: number,
): Promise<void> {
  await sql(em, `update ${kind.table} set generation = $3 where id = $1 and generation = $2`, [
    row.id,
    row.generation,
    committed + 1,
  ]);
}

async function notifyResource(
  em: EntityManager,
  payload: { kind: string; id: number; generation: number; status: string },
): Promise<void> {
  await sql(em, 'select pg_notify($1, $2)', [RESOURCE_CHANNEL, JSON.stringify(payload)]);
}
