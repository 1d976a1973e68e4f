import type { Middleware } from 'koa';
import { query } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import type { AppOptions } from './app-options.js';
import type { RequestState } from './request-state.js';

type Part = 'ok' | 'failed' | 'unknown';
/** A worker that gave no sign for this long (milliseconds) is taken for dead. */
const HEARTBEAT = 60_000;

/** GET /healthz: 200 when the database answers (the panel can work), 503 otherwise; the parts say the rest. No details. */
export function health(kernel: Kernel, options: AppOptions): Middleware<RequestState> {
  let last: { at: number; parts: Record<string, Part> } | null = null;
  return async (ctx, next) => {
    if (ctx.path !== '/healthz') return next();
    // Anybody may ask, so asking must cost nothing.
    if (!last || kernel.now() - last.at > 2000)
      last = { at: kernel.now(), parts: await lookAt(kernel, options) };
    const healthy = last.parts['database'] === 'ok';
    ctx.status = healthy ? 200 : 503;
    ctx.body = JSON.stringify({ status: healthy ? 'ok' : 'failed', ...last.parts });
    ctx.set('Content-Type', 'application/json; charset=utf-8');
  };
}

async function lookAt(kernel: Kernel, options: AppOptions): Promise<Record<string, Part>> {
  const [database, agent, worker] = await Promise.all([
    within(kernel.db.read('/', (em) => query(em, 'select 1 as one')).then(() => true)),
    within(kernel.agent('agent.info', {}).then(() => true)),
    options.workerHeartbeat
      ? within(options.workerHeartbeat().then((at) => at !== null && kernel.now() - at < HEARTBEAT))
      : Promise.resolve<Part>('unknown'),
  ]);
  return { database, agent, worker };
}

async function within(work: Promise<boolean>): Promise<Part> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), 3000)));
  const good = await Promise.race([work.catch(() => false), late]);
  clearTimeout(timer);
  return good ? 'ok' : 'failed';
}
