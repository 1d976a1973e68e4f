import { watchDrift } from '../drift/watch-drift.js';
import { startHeartbeat } from './heartbeat.js';
import type { RunningKernel } from './running-kernel.js';

export interface RunningWorker {
  stop(): Promise<void>;
}

/** Deliver the outbox, run jobs and schedules, and keep rows and server in step. */
export async function startWorker(kernel: RunningKernel): Promise<RunningWorker> {
  await kernel.outbox.work();
  await kernel.jobs.work();
  await kernel.reconciler.work();
  await kernel.runStarts();
  const stopHeartbeat = startHeartbeat(kernel);
  const stopWatching = watchDrift(kernel);
  return {
    async stop() {
      stopHeartbeat();
      stopWatching();
      await Promise.all([kernel.reconciler.stop(), kernel.jobs.stop(), kernel.outbox.stop()]);
    },
  };
}
