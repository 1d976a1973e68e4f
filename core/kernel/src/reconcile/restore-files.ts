import type { EntityManager } from '@mikro-orm/core';
import { sql } from '../db/sql.js';
import { wakeObjects } from './wake-objects.js';

/** Have the next look at this object put back what was edited or deleted by hand; true when there is such an object. */
export async function restoreFiles(em: EntityManager, kind: string, id: number): Promise<boolean> {
  const rows = await sql<{ object_id: number }>(
    em,
    'update kernel.reconcile_queue set overwrite = true, wake = wake + 1 where kind = $1 and object_id = $2 returning object_id',
    [kind, id],
  );
  if (rows.length > 0) wakeObjects(em, kind, [id]);
  return rows.length > 0;
}
