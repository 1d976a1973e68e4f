import { failpoint } from '@tenpanel/protocol';
import { PanelError, type AgentCall, type JobContext, type JobSpec } from '@tenpanel/sdk';
import type { DesiredFactory } from '../contracts.js';
import { findTenant } from '../tenants/tenants.js';
import type { JobsOptions } from './create-jobs.js';
import { beginJob, findJob, finishJob, liveActor, writeProgress, type JobRow } from './job-rows.js';

export interface JobRun {
  id: number;
  /** Of the process that does the work. */
  lease: string;
  /** No further attempt follows this one. */
  last: boolean;
  /** Aborted by cancel, by the stop of the process and by the end of the job's time. */
  signal: AbortSignal;
}

type Parts = JobsOptions & { desired: DesiredFactory };

/**
 * One attempt of one job. @throws the job's error when another attempt is to follow; otherwise the end is written and
 * nothing is thrown.
 */
export async function runJob(parts: Parts, spec: JobSpec<unknown>, run: JobRun): Promise<void> {
  await failpoint('worker.job.begin.before');
  const job = await parts.db.transaction('/', (em) => beginJob(em, run.id, run.lease));
  if (!job) return;
  await failpoint('worker.job.begin.after');
  const attempt = job.attempts;
  const end = (state: Parameters<typeof finishJob>[3]) =>
    parts.db.transaction('/', (em) => finishJob(em, job.id, attempt, state));
  try {
    const input = spec.input.parse(job.input);
    const context = await jobContext(parts, job, run.signal, parts.agentFor(job.owner));
    const result = await untilAborted(spec.run(input, context), run.signal);
    await failpoint('worker.job.run.after');
    await end({ state: 'succeeded', result: result ?? null });
    await failpoint('worker.job.end.after');
  } catch (error) {
    const asked = await parts.db.read('/', (em) => findJob(em, job.id));
    if (asked?.cancelRequested) {
      await end({ state: 'cancelled', error: null });
      return;
    }
    const message =
      error instanceof PanelError ? error.message : error instanceof Error ? error.message : String(error);
    parts.log.warn(
      { err: error, job: job.id, name: job.name, attempt },
      run.last ? 'a job was given up' : 'a job failed and will be tried again',
    );
    if (run.last || permanent(error)) {
      await end({ state: 'failed', error: message });
      return;
    }
    await end({ state: 'queued', error: message });
    throw error;
  }
}

/** The same input will be refused again: a wrong input, or something that is not there or not allowed. */
function permanent(error: unknown): boolean {
  if (error instanceof Error && error.name === 'ZodError') return true;
  return error instanceof PanelError && [400, 401, 403, 404, 422].includes(error.status);
}

export async function jobContext(
  parts: Parts,
  job: Pick<JobRow, 'id' | 'attempts' | 'actor' | 'name'>,
  signal: AbortSignal,
  agent: AgentCall,
): Promise<JobContext> {
  const actor = liveActor(job.actor);
  // The tenant may have been moved since the job was started.
  const tenant = await parts.db.read('/', (em) => findTenant(em, actor.tenantId));
  const path = tenant?.path ?? actor.path;
  const log = parts.log;
  return {
    jobId: String(job.id),
    attempt: job.attempts,
    agent: (name, args, options) =>
      agent(name, args, {
        ...options,
        signal: options?.signal ? AbortSignal.any([options.signal, signal]) : signal,
      }),
    log,
    signal,
    async progress(percent, message) {
      signal.throwIfAborted();
      const value = percent === null ? null : Math.min(100, Math.max(0, percent));
      await parts.db.transaction('/', (em) => writeProgress(em, job.id, job.attempts, value, message));
    },
    transaction: (work) =>
      parts.db.transaction(path, (em) => {
        signal.throwIfAborted();
        const desired = parts.desired.for(em, actor);
        return work(em, desired, parts.hooks().runner(em, actor, desired));
      }),
  };
}

/** A job that ignores its signal must not hold its place for ever. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => setTimeout(() => reject(signal.reason as Error), 5_000).unref();
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
