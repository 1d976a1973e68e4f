import { z, type JobSpec } from '@tenpanel/sdk';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Jobs } from '../contracts.js';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { parseDatabaseUrl } from '../db/database-url.js';
import { sql } from '../db/sql.js';
import { createDesired } from '../desired/create-desired.js';
import { systemActor } from '../hooks/system-actor.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createTenant } from '../tenants/tenants.js';
import { createJobs } from './create-jobs.js';
import { QUEUE_SCHEMA } from './ensure-queue-schema.js';
import { jobEvents } from './job-rows.js';

let database: TestDatabase;
let db: KernelDatabase;
let web: Jobs;
let worker: Jobs;
const actor = systemActor('test');
const log: string[] = [];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const input = z.strictObject({ n: z.number() });
const specs: JobSpec<{ n: number }>[] = [
  {
    name: 'sleep',
    title: 'Sleep',
    input,
    async run({ n }, { progress, signal }) {
      log.push(`begin ${n}`);
      await progress(50, 'half way');
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, 150);
        signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)));
      });
      log.push(`end ${n}`);
      return { slept: n };
    },
  },
  {
    name: 'long',
    title: 'Long',
    input,
    async run(_, { signal }) {
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    },
  },
  {
    name: 'flaky',
    title: 'Flaky',
    input,
    attempts: 3,
    async run({ n }, { attempt }) {
      log.push(`flaky ${n} ${attempt}`);
      if (attempt <= n) throw new Error(`The remote server said no (${attempt}).`);
      return attempt;
    },
  },
  {
    name: 'change',
    title: 'Change',
    input,
    async run({ n }, ctx) {
      await ctx.transaction(async (em) => {
        await sql(
          em,
          `insert into kernel.settings (owner, key, value) values ('job', 'seen', to_jsonb((select count(*) from kernel.tenants) + $1::int))`,
          [n],
        );
      });
    },
  },
];

function jobsOf(): Jobs {
  const jobs = createJobs({
    db,
    url: database.appUrl,
    desired: createDesired({ registry: { reconcilers: new Map() } }),
    hooks: () => ({ runner: () => ({ run: () => Promise.reject(new Error('no hooks here')) }) }),
    agentFor: () => () => Promise.reject(new Error('no agent here')),
    log: silentLog,
    retryDelaySeconds: 0,
  });
  for (const spec of specs) jobs.register('tests', spec);
  jobs.schedule('tests', { name: 'nightly', cron: '0 3 * * *', run: async () => void log.push('nightly') });
  return jobs;
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = await createDatabase({ url: database.appUrl, log: silentLog });
  web = jobsOf();
  worker = jobsOf();
  await worker.work();
});

afterAll(async () => {
  await worker?.stop();
  await web?.stop();
  await db?.close();
  await database?.drop();
});

const start = (name: string, n: number, key?: string) =>
  db.transaction('/', (em) => web.start(em, name, { n }, { actor, key }));
const job = async (id: string) => {
  const [row] = await db.read('/', (em) =>
    sql<{ state: string; error: string | null; attempts: number; result: unknown; progress: number }>(
      em,
      'select state, error, attempts, result, progress from kernel.jobs where id = $1',
      [id],
    ),
  );
  return row;
};
const ends = (id: string, state: string) =>
  expect.poll(async () => (await job(id))?.state, { timeout: 15_000, interval: 25 }).toBe(state);

describe('jobs', () => {
  it('runs with the result kept and the progress told', async () => {
    const heard: string[] = [];
    const unlisten = await db.listen('job', (payload) => heard.push(payload));
    const id = await start('sleep', 1);
    await ends(id, 'succeeded');
    expect(await job(id)).toMatchObject({ result: { slept: 1 }, attempts: 1, progress: 100, error: null });
    const events = await db.read('/', (em) => jobEvents(em, Number(id)));
    expect(events.map(({ state, progress, message }) => [state, progress, message])).toEqual([
      ['running', null, null],
      ['running', 50, 'half way'],
      ['succeeded', null, null],
    ]);
    await expect
      .poll(() => heard.map((text) => (JSON.parse(text) as { event: number }).event))
      .toEqual(events.map(({ id: event }) => event));
    await unlisten();
  });

  it('keeps those with the same key in order and apart, and runs others beside them', async () => {
    log.length = 0;
    const ids = [
      await start('sleep', 1, 'site/1'),
      await start('sleep', 2, 'site/1'),
      await start('sleep', 3, 'site/1'),
      await start('sleep', 9, 'site/2'),
    ];
    for (const id of ids) await ends(id, 'succeeded');
    expect(log.filter((line) => !line.endsWith('9'))).toEqual([
      'begin 1',
      'end 1',
      'begin 2',
      'end 2',
      'begin 3',
      'end 3',
    ]);
    expect(log.indexOf('begin 9')).toBeLessThan(log.indexOf('begin 2'));
  });

  it('does not exist when its transaction is rolled back, and refuses a wrong input', async () => {
    const before = await db.read('/', (em) => sql(em, 'select id from kernel.jobs'));
    await expect(
      db.transaction('/', async (em) => {
        await web.start(em, 'sleep', { n: 1 }, { actor });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect(
      db.transaction('/', (em) => web.start(em, 'sleep', { n: 'x' }, { actor })),
    ).rejects.toThrow();
    expect(await db.read('/', (em) => sql(em, 'select id from kernel.jobs'))).toEqual(before);
  });

  it('tries again, and gives up after the last attempt with the reason, without holding back its key', async () => {
    log.length = 0;
    const [second, never, next] = [
      await start('flaky', 1, 'k'),
      await start('flaky', 9, 'k'),
      await start('flaky', 0, 'k'),
    ];
    await ends(second, 'succeeded');
    await ends(never, 'failed');
    await ends(next, 'succeeded');
    expect(await job(never)).toMatchObject({ attempts: 3, error: 'The remote server said no (3).' });
    expect(log).toEqual(['flaky 1 1', 'flaky 1 2', 'flaky 9 1', 'flaky 9 2', 'flaky 9 3', 'flaky 0 1']);
  });

  it('is cancelled while it runs, and while it waits', async () => {
    const running = await start('long', 1, 'c');
    const waiting = await start('long', 2, 'c');
    const after = await start('sleep', 3, 'c');
    await ends(running, 'running');
    await db.transaction('/', (em) => web.cancel(em, waiting));
    expect((await job(waiting))?.state).toBe('cancelled');
    await db.transaction('/', (em) => web.cancel(em, running));
    await ends(running, 'cancelled');
    await ends(after, 'succeeded');
    expect((await job(waiting))?.attempts).toBe(0);
    await db.transaction('/', (em) => web.cancel(em, after));
    expect((await job(after))?.state).toBe('succeeded');
  });

  it('belongs to the tenant that started it, and sees only what that tenant may see', async () => {
    const tenant = await db.transaction('/', (em) =>
      createTenant(em, { parentId: 1, kind: 'client', name: 'C' }),
    );
    const theirs = { ...actor, tenantId: tenant.id, path: tenant.path };
    const id = await db.transaction(tenant.path, (em) =>
      web.start(em, 'change', { n: 100 }, { actor: theirs }),
    );
    const other = await start('sleep', 1);
    await ends(id, 'succeeded');
    expect(await db.read(tenant.path, (em) => sql(em, 'select id from kernel.jobs'))).toEqual([
      { id: Number(id) },
    ]);
    await expect(db.transaction(tenant.path, (em) => web.cancel(em, other))).rejects.toMatchObject({
      status: 404,
    });
    expect(
      await db.read('/', (em) => sql(em, `select value from kernel.settings where key = 'seen'`)),
    ).toEqual([{ value: 101 }]);
  });

  it('tells the end of a job whose process died in its last attempt, and frees its key', async () => {
    await worker.stop();
    const id = await start('flaky', 0, 'dead');
    await db.transaction('/', async (em) => {
      await sql(em, `update kernel.jobs set state = 'running', attempts = 3 where id = $1`, [id]);
      await sql(
        em,
        `update ${QUEUE_SCHEMA}.job set state = 'failed', completed_on = now() where id = (select queue_id from kernel.jobs where id = $1)`,
        [id],
      );
    });
    worker = jobsOf();
    await worker.work();
    await ends(id, 'failed');
    await ends(await start('flaky', 0, 'dead'), 'succeeded');
  });

  it('keeps its schedules, and forgets those of plugins that no longer run', async () => {
    const boss = new PgBoss({
      ...parseDatabaseUrl(database.appUrl),
      schema: QUEUE_SCHEMA,
      supervise: false,
      schedule: false,
      migrate: false,
      createSchema: false,
    });
    await boss.start();
    expect((await boss.getSchedules()).map(({ name, cron }) => [name, cron])).toEqual([
      ['schedule/nightly', '0 3 * * *'],
    ]);
    log.length = 0;
    await boss.send('schedule/nightly', {});
    await expect.poll(() => log, { timeout: 10_000 }).toEqual(['nightly']);
    await expect
      .poll(() =>
        db.read('/', (em) =>
          sql(em, 'select name, owner, error, finished_at is not null as done from kernel.schedules'),
        ),
      )
      .toEqual([{ name: 'nightly', owner: 'tests', error: null, done: true }]);
    await boss.createQueue('schedule/old');
    await boss.schedule('schedule/old', '* * * * *');
    await worker.stop();
    worker = jobsOf();
    await worker.work();
    expect((await boss.getSchedules()).map(({ name }) => name)).toEqual(['schedule/nightly']);
    await boss.stop({ graceful: false });
  });

  it('waits for what runs when it stops', async () => {
    log.length = 0;
    const id = await start('sleep', 5);
    await expect.poll(() => log, { timeout: 5_000 }).toContain('begin 5');
    await worker.stop();
    expect((await job(id))?.state).toBe('succeeded');
    await pause(10);
  });
});
