import { Router } from '@koa/router';
import type { ParameterizedContext } from 'koa';
import type { PanelError } from '@tenpanel/sdk';
import { authOf } from '../auth/auth-of.js';
import type { Authenticated } from '../auth/authenticated.js';
import type { Kernel } from '../contracts.js';
import { anonymousActor } from '../rbac/anonymous-actor.js';
import type { Answer } from './answer.js';
import type { AppOptions } from './app-options.js';
import { auditRefused } from './audit-request.js';
import { checkReply } from './check-reply.js';
import type { Incoming } from './incoming.js';
import type { LoadedRoute } from './loaded-route.js';
import { asPanelError } from './problem.js';
import { receive } from './receive.js';
import type { RequestState } from './request-state.js';
import { runRoute } from './run-route.js';
import { sendAnswer } from './send-answer.js';
import { waitForResource } from './wait-for-resource.js';

/** One koa router over all routes, below /api. */
export function apiRouter(
  kernel: Kernel,
  options: AppOptions,
  routes: readonly LoadedRoute[],
): Router<RequestState> {
  const router = new Router<RequestState>({ prefix: '/api', strict: true, sensitive: true });
  // A fixed path is asked before one with a parameter in the same place.
  const sorted = [...routes].sort((a, b) => rank(a).localeCompare(rank(b)));
  for (const route of sorted) {
    const path = route.spec.path.replace(/\{([^}]+)\}/g, ':$1');
    router.register(path, [route.spec.method], async (ctx) => {
      ctx.state.route = `${route.spec.method} ${route.spec.path}`;
      await serve(kernel, options, route, ctx, ctx.params as Record<string, string>);
    });
  }
  return router;
}

function rank(route: LoadedRoute): string {
  return route.spec.path.replace(/\{[^}]+\}/g, '~');
}

async function serve(
  kernel: Kernel,
  options: AppOptions,
  route: LoadedRoute,
  ctx: ParameterizedContext<RequestState>,
  params: Record<string, string>,
): Promise<void> {
  let authenticated: Authenticated | null = null;
  let incoming: Incoming | null = null;
  let answer: Answer;
  try {
    incoming = await receive(kernel, authOf(kernel), route, ctx, params, (found) => (authenticated = found));
    answer = await runRoute(kernel, options, route, incoming);
  } catch (error) {
    await auditFailure(kernel, route, ctx, incoming, authenticated, asPanelError(error));
    throw error;
  }
  answer = await waited(kernel, ctx, incoming, answer);
  if (options.checkReplies) checkReply(route.spec, answer, incoming.dryRun);
  sendAnswer(ctx, route.spec, answer);
}

async function auditFailure(
  kernel: Kernel,
  route: LoadedRoute,
  ctx: ParameterizedContext<RequestState>,
  incoming: Incoming | null,
  authenticated: Authenticated | null,
  error: PanelError,
): Promise<void> {
  if (route.spec.method === 'GET' || incoming?.dryRun) return;
  // A stranger must not be able to fill the log: only log-ins that were really tried are written.
  const triedLogin = route.spec.permission === 'public' && TRIED.has(error.code);
  if (!authenticated && !triedLogin) return;
  await auditRefused(
    kernel,
    route,
    {
      actor: incoming?.actor ?? authenticated?.actor ?? anonymousActor(),
      requestId: ctx.state.requestId,
      path: ctx.path,
      http: { address: ctx.state.address },
    },
    error,
  );
}

const TRIED: ReadonlySet<string> = new Set([
  'auth.badLogin',
  'auth.badCode',
  'auth.suspended',
  'auth.refreshReused',
]);

/** `Prefer: wait=N`: answer with the resource as it is once it has settled. */
async function waited(
  kernel: Kernel,
  ctx: ParameterizedContext<RequestState>,
  incoming: Incoming,
  answer: Answer,
): Promise<Answer> {
  const { wait } = answer;
  if (!wait || incoming.waitSeconds === 0 || incoming.dryRun) return answer;
  const gone = new AbortController();
  ctx.res.once('close', () => gone.abort());
  const state = await waitForResource(kernel, incoming.actor, wait, incoming.waitSeconds, gone.signal);
  if (state === 'waiting') return answer;
  const headers = { ...answer.headers, 'Preference-Applied': `wait=${incoming.waitSeconds}` };
  if (state === 'gone') return { status: 204, body: undefined, headers, wait: null };
  const body = await kernel.db.read(incoming.actor.path, (em) => wait.read(em as never));
  return { status: answer.status === 202 ? 200 : answer.status, body, headers, wait: null };
}
