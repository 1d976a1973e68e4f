import { randomUUID } from 'node:crypto';
import type { EntityManager as SqlEntityManager } from '@mikro-orm/postgresql';
import {
  NotFound,
  type Actor,
  type AgentCall,
  type Desired,
  type HookRunner,
  type JobSpec,
  type Logger,
  type ScheduleSpec,
} from '@tenpanel/sdk';
import type { Kysely } from 'kysely';
import { fromKysely, PgBoss, type JobWithMetadata, type QueueResult } from 'pg-boss';
import type { DesiredFactory, Jobs } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';
import { parseDatabaseUrl } from '../db/database-url.js';
import { deadLease } from '../db/dead-leases.js';
import { sql } from '../db/sql.js';
import { systemActor } from '../hooks/system-actor.js';
import { QUEUE_SCHEMA } from './ensure-queue-schema.js';
import { findJob, finishJob, insertJob, JOB_CANCEL_CHANNEL, storedActor } from './job-rows.js';
import { jobContext, runJob } from './run-job.js';
import { sameQueue } from './same-queue.js';
import { scheduleFinished, scheduleStarted } from './schedule-rows.js';

export interface JobsOptions {
  db: KernelDatabase;
  /** URL of the app role; pg-boss has a pool of its own. */
  url: string;
  desired: DesiredFactory;
  /** Given late, because hooks need the outbox and jobs need hooks. */
  hooks: () => { runner(em: SqlEntityManager, actor: Actor, desired: Desired): HookRunner };
  /** The agent as `owner` may call it. */
  agentFor: (owner: string) => AgentCall;
  log: Logger;
  now?: () => number;
  /** Jobs of one name at once in one process; default 4. */
  concurrency?: number;
  /** Seconds before a second attempt, doubling; default 5. Tests make it 0. */
  retryDelaySeconds?: number;
}

const ATTEMPTS = 5;
const TIMEOUT_SECONDS = 3_600;
/** A worker that was killed is noticed after this time, and its jobs begin again. */
const HEARTBEAT_SECONDS = 30;
const STOP_MS = 30_000;
const KEEP_DAYS = 30;
const SWEEP_MS = 15_000;
const LOST_JOBS = `select j.id, j.name, j.queue_id as "queueId" from kernel.jobs j join ${QUEUE_SCHEMA}.job q on q.id = j.queue_id
  where j.finished_at is null and q.state = 'failed'`;

const ORPHANS = `select j.name, j.queue_id as "queueId" from kernel.jobs j join ${QUEUE_SCHEMA}.job q on q.id = j.queue_id
  where j.state = 'running' and q.state = 'active' and j.lease is not null and ${deadLease('j.lease')}`;

type QueueData = { jobId: number };

/**
 * Jobs over pg-boss: one queue a name, strictly in order and one at a time for the same key. `kernel.jobs` is what
 * people see and what decides: the queue only says when to try.
 */
export function createJobs(options: JobsOptions): Jobs {
  const { db, log } = options;
  const specs = new Map<string, { owner: string; spec: JobSpec<unknown> }>();
  const schedules = new Map<string, { owner: string; spec: ScheduleSpec }>();
  const running = new Map<number, AbortController>();
  const stopping = new AbortController();
  const lease = randomUUID();
  const closing: (() => Promise<void>)[] = [];
  const queues = new Map<string, Promise<void>>();
  let boss: Promise<PgBoss> | null = null;
  let worker = false;

  /** The sender of every process; in the worker the same one also fetches, supervises and keeps time. */
  const started = () => {
    boss ??= (async () => {
      const instance = new PgBoss({
        ...parseDatabaseUrl(options.url),
        schema: QUEUE_SCHEMA,
        max: worker ? 8 : 3,
        application_name: 'tenpanel-jobs',
        migrate: false,
        createSchema: false,
        supervise: worker,
        schedule: worker,
        // Rebuilding indexes is the owner's right, which the app role has not.
        reindex: false,
        monitorVacuum: false,
        useListenNotify: worker,
        superviseIntervalSeconds: 10,
        monitorIntervalSeconds: 10,
        cronMonitorIntervalSeconds: 15,
        cronWorkerIntervalSeconds: 5,
      });
      instance.on('error', (error) => log.error({ err: error }, 'the job queue has a problem'));
      instance.on('warning', (warning) => log.debug({ warning }, 'the job queue warns'));
      await instance.start();
      return instance;
    })();
    return boss;
  };

  const ensureQueue = (name: string, there?: QueueResult) => {
    let made = queues.get(name);
    if (!made) {
      made = (async () => {
        const spec = specs.get(name)?.spec;
        const settings = {
          retryLimit: (spec?.attempts ?? ATTEMPTS) - 1,
          retryDelay: options.retryDelaySeconds ?? 5,
          retryBackoff: (options.retryDelaySeconds ?? 5) > 0,
          expireInSeconds: Math.min((spec?.timeoutSeconds ?? TIMEOUT_SECONDS) + 60, 86_000),
          heartbeatSeconds: HEARTBEAT_SECONDS,
          deleteAfterSeconds: 86_400,
        };
        const queue = await started();
        if (sameQueue(there, settings)) return;
        await queue.createQueue(queueName(name), { policy: 'key_strict_fifo', notify: true, ...settings });
        await queue.updateQueue(queueName(name), settings);
      })();
      made.catch(() => queues.delete(name));
      queues.set(name, made);
    }
    return made;
  };

  const runQueued = async (name: string, item: JobWithMetadata<QueueData>) => {
    const known = specs.get(name);
    if (!known) return;
    const jobId = item.data.jobId;
    const cancel = new AbortController();
    running.set(jobId, cancel);
    const seconds = known.spec.timeoutSeconds ?? TIMEOUT_SECONDS;
    const deadline = setTimeout(
      () => cancel.abort(new Error(`The job took longer than ${seconds} seconds.`)),
      seconds * 1_000,
    );
    try {
      const last = item.retryCount >= item.retryLimit;
      await runJob(options, known.spec, {
        id: jobId,
        lease,
        last,
        signal: AbortSignal.any([cancel.signal, stopping.signal, item.signal]),
      });
    } finally {
      clearTimeout(deadline);
      running.delete(jobId);
    }
  };

  const runSchedule = async (name: string) => {
    const known = schedules.get(name);
    if (!known) return;
    await db.transaction('/', (em) => scheduleStarted(em, name, known.owner));
    const actor = storedActor(systemActor(known.owner));
    const context = await jobContext(
      options,
      { id: 0, attempts: 1, actor, name },
      stopping.signal,
      options.agentFor(known.owner),
    );
    let failure: string | null = null;
    try {
      await known.spec.run({
        ...context,
        jobId: name,
        progress: async (percent, message) => log.debug({ schedule: name, percent }, message),
      });
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      log.error({ err: error, schedule: name, owner: known.owner }, 'a scheduled piece of work failed');
    }
    await db.transaction('/', (em) => scheduleFinished(em, name, failure));
  };

  const workSchedules = async (queue: PgBoss, there: ReadonlySet<string>) => {
    const known = await queue.getSchedules();
    for (const [name, { spec }] of schedules) {
      const expireInSeconds = TIMEOUT_SECONDS;
      // `stately`: one run waits at most while another runs; missed ones do not pile up.
      const own = scheduleQueue(name);
      if (!there.has(own)) {
        await queue.createQueue(own, {
          policy: 'stately',
          retryLimit: 0,
          expireInSeconds,
          heartbeatSeconds: HEARTBEAT_SECONDS,
          deleteAfterSeconds: 3_600,
        });
      }
      if (!known.some((one) => one.name === own && one.cron === spec.cron && one.timezone === 'UTC'))
        await queue.schedule(own, spec.cron, {}, { tz: 'UTC' });
      await queue.work(own, { pollingIntervalSeconds: 5 }, () => runSchedule(name));
    }
    // Those of plugins that no longer run.
    for (const schedule of known) {
      if (schedule.name.startsWith('schedule/') && !schedules.has(schedule.name.slice('schedule/'.length)))
        await queue.unschedule(schedule.name);
    }
  };

  /** Jobs whose process was killed begin again now, not when their heartbeat has been missing long enough. */
  const takeOver = async (queue: PgBoss) => {
    const orphans = await db.read('/', (em) => sql<{ name: string; queueId: string }>(em, ORPHANS));
    for (const { name, queueId } of orphans)
      await queue.fail(queueName(name), queueId, { message: 'The process that did the work has ended.' });
  };

  /**
   * A job whose process died in its last attempt: the queue has given it up without asking us. Say so, and take it out
   * of the queue, where it would hold back all others with its key.
   */
  const sweep = async (queue: PgBoss) => {
    await takeOver(queue);
    const lost = await db.read('/', (em) =>
      sql<{ id: number; name: string; queueId: string }>(em, LOST_JOBS),
    );
    for (const job of lost) {
      await db.transaction('/', (em) =>
        finishJob(em, job.id, null, {
          state: 'failed',
          error: 'The process that did the work ended in the last attempt.',
        }),
      );
      await queue.deleteJob(queueName(job.name), job.queueId);
    }
  };

  const prune = () =>
    db
      .transaction('/', (em) =>
        sql(em, `delete from kernel.jobs where finished_at < now() - make_interval(days => $1)`, [KEEP_DAYS]),
      )
      .catch((error: unknown) => log.warn({ err: error }, 'old jobs could not be removed'));

  return {
    register(owner, spec) {
      if (specs.has(spec.name)) throw new Error(`There are two jobs named ${spec.name}.`);
      queueName(spec.name);
      specs.set(spec.name, { owner, spec: spec as unknown as JobSpec<unknown> });
    },

    schedule(owner, spec) {
      if (schedules.has(spec.name)) throw new Error(`There are two schedules named ${spec.name}.`);
      scheduleQueue(spec.name);
      schedules.set(spec.name, { owner, spec });
    },

    async start(em, name, input, { actor, key }) {
      const known = specs.get(name);
      if (!known) throw new Error(`No running plugin has the job ${name}.`);
      const parsed = known.spec.input.parse(input);
      await ensureQueue(name);
      const queueId = randomUUID();
      const jobId = await insertJob(em, {
        name,
        owner: known.owner,
        key: key ?? null,
        input: parsed,
        actor,
        queueId,
      });
      const queue = await started();
      const data: QueueData = { jobId };
      // Without a key a job waits for nobody.
      await queue.send(queueName(name), data, {
        id: queueId,
        singletonKey: key ?? `job:${jobId}`,
        db: fromKysely(em.getTransactionContext<Kysely<unknown>>() as never),
      });
      return String(jobId);
    },

    async cancel(em, jobId) {
      const id = /^[1-9]\d{0,9}$/.test(jobId) ? Number(jobId) : 0;
      const job = await findJob(em, id, true);
      if (!job) throw new NotFound('job');
      if (job.state === 'queued') {
        await finishJob(em, id, null, { state: 'cancelled' });
        // Its place in the queue stays and ends at once when its turn comes: `beginJob` finds it cancelled.
      } else if (job.state === 'running') {
        await sql(em, 'update kernel.jobs set cancel_requested = true where id = $1', [id]);
        await sql(em, 'select pg_notify($1, $2)', [JOB_CANCEL_CHANNEL, String(id)]);
      }
    },

    async work() {
      if (worker) return;
      if (boss) await (await boss).stop({ graceful: false });
      worker = true;
      boss = null;
      queues.clear();
      const queue = await started();
      const abort = (id: number) => running.get(id)?.abort(new Error('The job was cancelled.'));
      const missed = () =>
        void db
          .read('/', (em) =>
            sql<{ id: number }>(
              em,
              'select id from kernel.jobs where cancel_requested and id = any($1::int[])',
              [[...running.keys()]],
            ),
          )
          .then(
            (rows) => rows.forEach(({ id }) => abort(id)),
            () => undefined,
          );
      closing.push(await db.listen(JOB_CANCEL_CHANNEL, (payload) => abort(Number(payload)), missed));
      await db.holdLease(lease);
      await takeOver(queue);
      const there = new Map((await queue.getQueues()).map((one) => [one.name, one]));
      for (const name of specs.keys()) {
        await ensureQueue(name, there.get(queueName(name)));
        await queue.work<QueueData>(
          queueName(name),
          {
            includeMetadata: true,
            localConcurrency: options.concurrency ?? 4,
            pollingIntervalSeconds: 1,
            notifyPollingIntervalSeconds: 1,
          },
          async (items) => {
            for (const item of items) await runQueued(name, item as JobWithMetadata<QueueData>);
          },
        );
      }
      await workSchedules(queue, new Set(there.keys()));
      const sweeping = setInterval(
        () =>
          void sweep(queue).catch((error: unknown) =>
            log.warn({ err: error }, 'lost jobs could not be looked for'),
          ),
        SWEEP_MS,
      );
      const pruning = setInterval(() => void prune(), 86_400_000);
      closing.push(
        async () => clearInterval(sweeping),
        async () => clearInterval(pruning),
      );
      await sweep(queue);
      await prune();
    },

    async stop() {
      if (!boss) return;
      const queue = await boss;
      const giveUp = setTimeout(
        () => stopping.abort(new Error('The panel stops. The job will be started again.')),
        STOP_MS - 10_000,
      );
      try {
        await queue.stop({ graceful: true, timeout: STOP_MS });
      } finally {
        clearTimeout(giveUp);
        for (const close of closing.splice(0)) await close();
        boss = null;
        worker = false;
      }
    },
  };
}

function queueName(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,80}$/.test(name))
    throw new Error(`"${name}" is no name of a job. Use letters, digits, dots and dashes.`);
  return `job/${name}`;
}

function scheduleQueue(name: string): string {
  return queueName(name).replace(/^job\//, 'schedule/');
}
