import type { EntityManager } from '@mikro-orm/core';
import { Conflict } from '@tenpanel/sdk';
import { sql } from '../db/sql.js';
import { wakeObjects } from '../reconcile/wake-objects.js';

export interface DriftRow {
  id: number;
  driver: string;
  root: string;
  path: string;
  absolute: string;
  /** `<kind>/<id>`; empty for a file that nobody here wrote. */
  resource: string;
  state: 'edited' | 'missing' | 'foreign';
  foundAt: string;
  keptAt: string | null;
  keptBy: string | null;
}

export const driftColumns = `id, driver, root, path, absolute, resource, state, to_char(found_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "foundAt",
  to_char(kept_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "keptAt", kept_by as "keptBy"`;

/** Leave the file as it stands, also when the panel would write something else. */
export async function keepFile(em: EntityManager, row: DriftRow, by: string, at: Date): Promise<void> {
  await sql(em, 'update kernel.drift set kept_at = $2, kept_by = $3 where id = $1', [row.id, at, by]);
  await wake(em, row);
}

/** Put back what the panel writes, in this file and in those of the same object that nobody has kept. */
export async function restoreFile(em: EntityManager, row: DriftRow): Promise<void> {
  if (row.resource === '')
    throw new Conflict(
      'drift.notOurs',
      `The panel has not written ${row.absolute}, so there is nothing to put back. Remove it by hand, or keep it.`,
      { absolute: row.absolute },
    );
  await sql(em, 'delete from kernel.drift where id = $1', [row.id]);
  const { kind, id } = objectOf(row);
  await sql(
    em,
    'update kernel.reconcile_queue set overwrite = true, wake = wake + 1 where kind = $1 and object_id = $2',
    [kind, id],
  );
  await wake(em, row);
}

async function wake(em: EntityManager, row: DriftRow): Promise<void> {
  if (row.resource === '') return;
  const { kind, id } = objectOf(row);
  const there = await sql(em, 'select 1 from kernel.reconcile_queue where kind = $1 and object_id = $2', [
    kind,
    id,
  ]);
  if (there.length > 0) wakeObjects(em, kind, [id]);
}

function objectOf({ resource }: DriftRow): { kind: string; id: number } {
  const [kind = '', id = ''] = resource.split('/');
  return { kind, id: Number(id) };
}
