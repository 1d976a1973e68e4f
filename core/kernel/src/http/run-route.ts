import type { EntityManager } from '@mikro-orm/postgresql';
import { failpoint } from '@tenpanel/protocol';
import { PanelError, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { rememberReads } from '../db/read-once.js';
import { isReply, type Answer } from './answer.js';
import type { AppOptions } from './app-options.js';
import { auditOk } from './audit-request.js';
import { checkIfMatch } from './etag.js';
import { claimOf, releaseKey, storeAnswer, takeKey, type Claim } from './idempotency.js';
import type { Incoming } from './incoming.js';
import type { LoadedRoute } from './loaded-route.js';
import { routeContext, type Run } from './route-context.js';

class RollBack extends Error {
  constructor(readonly answer: Answer) {
    super('dry run');
  }
}

/** Run one request's handler in the transaction it belongs to. Throws what the handler throws. */
export function runRoute(
  kernel: Kernel,
  options: AppOptions,
  route: LoadedRoute,
  incoming: Incoming,
): Promise<Answer> {
  return rememberReads(() => runOnce(kernel, options, route, incoming));
}

async function runOnce(
  kernel: Kernel,
  options: AppOptions,
  route: LoadedRoute,
  incoming: Incoming,
): Promise<Answer> {
  const { spec } = route;
  if (spec.transaction === false) return runWithout(kernel, options, route, incoming);
  if (spec.method === 'GET') {
    return kernel.db.read(
      incoming.actor.path,
      async (em) => (await handle(kernel, options, route.owner, spec, incoming, em)).answer,
    );
  }
  const { preview } = options;
  if (incoming.dryRun && !preview)
    throw new PanelError('http.noPreview', 501, 'This panel cannot show changes before they are made.');
  const claim = claimFor(spec, incoming);
  try {
    const answer = await kernel.db.transaction(incoming.actor.path, async (em) => {
      const stored = claim && (await takeKey(em, kernel.secrets, claim, kernel.now()));
      if (stored) return replayed(stored);
      if (incoming.ifMatch) await compare(kernel, options, route, incoming, em);
      const { answer, run } = await handle(kernel, options, route.owner, spec, incoming, em);
      await em.flush();
      if (incoming.dryRun && preview) {
        const plan = await preview(em, run.touched);
        throw new RollBack({
          status: 200,
          body: { dryRun: true, plan, result: answer.body ?? null },
          headers: {},
          wait: null,
        });
      }
      if (incoming.audited) await auditOk(kernel, em, route, incoming, run.note);
      if (claim) await storeAnswer(em, kernel.secrets, claim, { ...answer, body: answer.body ?? null });
      await failpoint('web.change.commit.before');
      return answer;
    });
    await failpoint('web.change.commit.after');
    return answer;
  } catch (error) {
    if (error instanceof RollBack) return error.answer;
    throw error;
  }
}

/** A handler with transactions of its own: the key and the audit row have theirs. */
async function runWithout(
  kernel: Kernel,
  options: AppOptions,
  route: LoadedRoute,
  incoming: Incoming,
): Promise<Answer> {
  const { spec } = route;
  const claim = claimFor(spec, incoming);
  const stored =
    claim && (await kernel.db.transaction('/', (em) => takeKey(em, kernel.secrets, claim, kernel.now())));
  if (stored) return replayed(stored);
  // Without a transaction no tenant is set, and row-level security shows nothing through this manager.
  const em = kernel.db.orm.em.fork() as EntityManager;
  let done: Awaited<ReturnType<typeof handle>>;
  try {
    done = await handle(kernel, options, route.owner, spec, incoming, em);
  } catch (error) {
    if (claim) await kernel.db.transaction('/', (own) => releaseKey(own, claim));
    throw error;
  }
  const { answer, run } = done;
  if (spec.method !== 'GET') {
    await kernel.db.transaction('/', async (own) => {
      if (incoming.audited) await auditOk(kernel, own, route, incoming, run.note);
      if (claim) await storeAnswer(own, kernel.secrets, claim, { ...answer, body: answer.body ?? null });
    });
  }
  return answer;
}

async function handle(
  kernel: Kernel,
  options: AppOptions,
  owner: string,
  spec: RouteSpec,
  incoming: Incoming,
  em: EntityManager,
): Promise<{ answer: Answer; run: Run }> {
  const agent = options.agentFor?.(owner, incoming) ?? kernel.agent;
  const { ctx, run } = routeContext(kernel, incoming, em, agent, (manager) =>
    kernel.desired.for(manager, incoming.actor),
  );
  const result: unknown = await spec.handler(ctx as never);
  const reply = isReply(result) ? result : null;
  const body = reply ? reply.body : result;
  const status = reply?.status ?? (body === undefined || body === null ? 204 : (spec.status ?? 200));
  return { answer: { status, body: body ?? undefined, headers: reply?.headers ?? {}, wait: run.wait }, run };
}

/** `If-Match`: the state that the caller read must be the state that is changed now. */
async function compare(
  kernel: Kernel,
  options: AppOptions,
  route: LoadedRoute,
  incoming: Incoming,
  em: EntityManager,
): Promise<void> {
  if (!route.twin)
    throw new PanelError(
      'http.changed',
      412,
      'This address has no state that If-Match could be compared with.',
    );
  // Two callers that both read the same state must not both pass.
  const object = incoming.path
    .split('/')
    .slice(0, route.twin.path.split('/').length + 1)
    .join('/');
  await em
    .getConnection()
    .execute(
      'select pg_advisory_xact_lock(hashtextextended(?, 0))',
      [object],
      'all',
      em.getTransactionContext(),
    );
  const current = await handle(
    kernel,
    options,
    route.owner,
    route.twin,
    { ...incoming, query: {}, body: undefined },
    em,
  );
  checkIfMatch(incoming.ifMatch ?? '*', JSON.parse(JSON.stringify(current.answer.body ?? null)));
}

function claimFor(spec: RouteSpec, incoming: Incoming): Claim | null {
  if (spec.method !== 'POST' || spec.permission === 'public' || !incoming.idempotencyKey || incoming.dryRun)
    return null;
  return claimOf(incoming.actor, incoming.http.authenticated?.tokenId ?? null, incoming.idempotencyKey, {
    method: spec.method,
    path: incoming.path,
    body: incoming.rawBody,
  });
}

function replayed(stored: { status: number; body?: unknown; headers: Record<string, string> }): Answer {
  return {
    status: stored.status,
    body: stored.body ?? undefined,
    headers: { ...stored.headers, 'Idempotency-Replayed': 'true' },
    wait: null,
  };
}
