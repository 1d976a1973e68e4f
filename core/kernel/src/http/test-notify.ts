import type { KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { RESOURCE_CHANNEL } from '../reconcile/write-outcome.js';

/** What the reconciler of a worker says when it has written a status. */
export async function notifyResource(
  db: KernelDatabase,
  payload: { kind: string; id: number; generation: number; status: string },
): Promise<void> {
  await db.transaction('/', (em) =>
    sql(em, 'select pg_notify($1, $2)', [RESOURCE_CHANNEL, JSON.stringify(payload)]),
  );
}
