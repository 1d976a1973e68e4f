import type { EntityManager } from '@mikro-orm/core';
import type { Actor } from '@tenpanel/sdk';
import { sql } from '../db/sql.js';
import type { JobState } from './job-entity.js';

/** Payload `{id, event}` of every change of a job; the rows of `kernel.job_events` hold the rest. */
export const JOB_CHANNEL = 'job';
/** Payload: the id of a job that somebody wants to end. */
export const JOB_CANCEL_CHANNEL = 'job_cancel';

export interface JobRow {
  id: number;
  name: string;
  owner: string;
  tenantId: number;
  key: string | null;
  input: unknown;
  actor: StoredActor;
  state: JobState;
  attempts: number;
  cancelRequested: boolean;
  queueId: string;
}

export interface StoredActor extends Omit<Actor, 'permissions'> {
  permissions: string[];
}

const COLUMNS = `id, name, owner, tenant_id as "tenantId", key, input, actor, state, attempts, cancel_requested as "cancelRequested", queue_id as "queueId"`;

export function storedActor(actor: Actor): StoredActor {
  return { ...actor, permissions: [...actor.permissions] };
}

export function liveActor(stored: StoredActor): Actor {
  return { ...stored, permissions: new Set(stored.permissions) };
}

export async function insertJob(
  em: EntityManager,
  job: { name: string; owner: string; key: string | null; input: unknown; actor: Actor; queueId: string },
): Promise<number> {
  const [row] = await sql<{ id: number }>(
    em,
    `insert into kernel.jobs (tenant_id, name, owner, key, input, actor, queue_id) values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [
      job.actor.tenantId,
      job.name,
      job.owner,
      job.key,
      JSON.stringify(job.input ?? null),
      JSON.stringify(storedActor(job.actor)),
      job.queueId,
    ],
  );
  if (!row) throw new Error('The job was not inserted.');
  return row.id;
}

/** The attempt begins, in the process that holds `lease`. null when the job was cancelled or has ended, so that a delivery that comes twice does nothing. */
export async function beginJob(em: EntityManager, id: number, lease: string): Promise<JobRow | null> {
  const [row] = await sql<JobRow>(
    em,
    `update kernel.jobs set state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()), error = null, lease = $2
      where id = $1 and state in ('queued', 'running') and not cancel_requested returning ${COLUMNS}`,
    [id, lease],
  );
  if (row) await addEvent(em, id, { state: 'running', progress: null, message: null });
  return row ?? null;
}

export async function findJob(em: EntityManager, id: number, lock = false): Promise<JobRow | null> {
  return (
    (
      await sql<JobRow>(em, `select ${COLUMNS} from kernel.jobs where id = $1${lock ? ' for update' : ''}`, [
        id,
      ])
    )[0] ?? null
  );
}

/** Only the newest attempt may speak: one that lost its lease writes nothing any more. */
export async function writeProgress(
  em: EntityManager,
  id: number,
  attempt: number,
  progress: number | null,
  message: string,
): Promise<void> {
  const rows = await sql(
    em,
    `update kernel.jobs set progress = coalesce($3, progress), message = $4 where id = $1 and attempts = $2 and state = 'running' returning id`,
    [id, attempt, progress, message],
  );
  if (rows.length > 0) await addEvent(em, id, { state: 'running', progress, message });
}

export async function finishJob(
  em: EntityManager,
  id: number,
  attempt: number | null,
  end: { state: JobState; result?: unknown; error?: string | null },
): Promise<boolean> {
  const over = end.state !== 'queued';
  const rows = await sql(
    em,
    `update kernel.jobs
        set state = $3, result = $4, error = $5, finished_at = case when $6 then now() end,
            progress = case when $3 = 'succeeded' then 100 else progress end
      where id = $1 and ($2::int is null or attempts = $2) and state in ('queued', 'running') returning id`,
    [
      id,
      attempt,
      end.state,
      end.result === undefined ? null : JSON.stringify(end.result),
      end.error ?? null,
      over,
    ],
  );
  if (rows.length > 0)
    await addEvent(em, id, { state: end.state, progress: null, message: end.error ?? null });
  return rows.length > 0;
}

async function addEvent(
  em: EntityManager,
  id: number,
  event: { state: JobState; progress: number | null; message: string | null },
): Promise<void> {
  const [row] = await sql<{ id: string }>(
    em,
    `insert into kernel.job_events (job_id, tenant_id, state, progress, message)
     select id, tenant_id, $2, $3, $4 from kernel.jobs where id = $1 returning id`,
    [id, event.state, event.progress, event.message],
  );
  await sql(em, 'select pg_notify($1, $2)', [JOB_CHANNEL, JSON.stringify({ id, event: Number(row?.id) })]);
}

export interface JobEvent {
  id: number;
  state: JobState;
  progress: number | null;
  message: string | null;
  at: string;
}

/** Events of one job after the given one, oldest first: what a stream sends at its start and after each notification. */
export async function jobEvents(em: EntityManager, jobId: number, after = 0): Promise<JobEvent[]> {
  return sql<JobEvent>(
    em,
    `select id::int, state, progress, message, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
       from kernel.job_events where job_id = $1 and id > $2 order by id limit 1000`,
    [jobId, after],
  );
}
