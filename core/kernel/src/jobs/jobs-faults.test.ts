import { z } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Jobs } from '../contracts.js';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { createDesired } from '../desired/create-desired.js';
import { systemActor } from '../hooks/system-actor.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createJobs } from './create-jobs.js';
import { QUEUE_SCHEMA } from './ensure-queue-schema.js';
import { runJob } from './run-job.js';

describe('jobs among accidents', () => {
  let database: TestDatabase;
  let db: KernelDatabase;
  const open: Jobs[] = [];
  const done: number[] = [];
  const actor = systemActor('test');
  const spec = {
    name: 'note',
    title: 'Note',
    input: z.strictObject({ n: z.number() }),
    run: async ({ n }: { n: number }) => void done.push(n),
  };
  const parts = () => ({
    db,
    url: database.appUrl,
    desired: createDesired({ registry: { reconcilers: new Map() } }),
    hooks: () => ({ runner: () => ({}) as never }),
    agentFor: () => (async () => undefined) as never,
    log: silentLog,
    retryDelaySeconds: 0,
  });
  const jobsOf = () => {
    const jobs = createJobs(parts());
    jobs.register('test', spec as never);
    open.push(jobs);
    return jobs;
  };
  const state = async (id: string) =>
    (
      await db.read('/', (em) =>
        sql<{ state: string; attempts: number }>(
          em,
          'select state, attempts from kernel.jobs where id = $1',
          [id],
        ),
      )
    )[0];

  beforeAll(async () => {
    database = await createTestDatabase();
    db = await createDatabase({ url: database.appUrl, log: silentLog });
  });
  afterAll(async () => {
    await Promise.all(open.map((jobs) => jobs.stop()));
    await db?.close();
    await database?.drop();
  });

  it('takes over at its start the job of a worker that was killed, without waiting for a missing heartbeat', async () => {
    const id = await db.transaction('/', (em) => jobsOf().start(em, 'note', { n: 1 }, { actor }));
    await db.transaction('/', async (em) => {
      await sql(
        em,
        `update kernel.jobs set state = 'running', attempts = 1, lease = gen_random_uuid() where id = $1`,
        [id],
      );
      await sql(
        em,
        `update ${QUEUE_SCHEMA}.job set state = 'active', started_on = now(), heartbeat_on = now()
          where id = (select queue_id from kernel.jobs where id = $1)`,
        [id],
      );
    });
    await jobsOf().work();
    await vi.waitFor(async () => expect(await state(id)).toEqual({ state: 'succeeded', attempts: 2 }), {
      timeout: 8_000,
    });
    expect(done).toEqual([1]);
  });

  it('does nothing when a delivery comes twice, or after the job was cancelled', async () => {
    const sender = jobsOf();
    const id = await db.transaction('/', (em) => sender.start(em, 'note', { n: 2 }, { actor }));
    await vi.waitFor(async () => expect((await state(id))?.state).toBe('succeeded'), { timeout: 8_000 });
    const run = {
      id: Number(id),
      lease: crypto.randomUUID(),
      last: true,
      signal: AbortSignal.timeout(10_000),
    };
    await runJob(parts(), spec as never, run);
    expect(done.filter((n) => n === 2)).toHaveLength(1);
    expect(await state(id)).toMatchObject({ state: 'succeeded' });
    const late = await db.transaction('/', async (em) => {
      const made = await sender.start(em, 'note', { n: 3 }, { actor });
      await sender.cancel(em, made);
      return made;
    });
    await runJob(parts(), spec as never, { ...run, id: Number(late) });
    expect(done).not.toContain(3);
    expect(await state(late)).toMatchObject({ state: 'cancelled' });
  });
});
