import type { EntityManager } from '@mikro-orm/core';
import { sql } from '../db/sql.js';

/** Remember the newest run of a schedule, for `doctor`. */
export async function scheduleStarted(em: EntityManager, name: string, owner: string): Promise<void> {
  await sql(
    em,
    `insert into kernel.schedules (name, owner, started_at) values ($1, $2, now())
     on conflict (name) do update set owner = $2, started_at = now(), finished_at = null, error = null`,
    [name, owner],
  );
}

export async function scheduleFinished(em: EntityManager, name: string, error: string | null): Promise<void> {
  await sql(em, 'update kernel.schedules set finished_at = now(), error = $2 where name = $1', [name, error]);
}
