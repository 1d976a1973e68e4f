import type { EntityManager } from '@mikro-orm/postgresql';
import type { AgentCall, Desired, Reply, RouteContext } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import type { PendingWait } from './answer.js';
import type { Touched } from './app-options.js';
import type { AuditNote } from './audit-note.js';
import { giveHttpAccess } from './http-access.js';
import { pageOver } from './page.js';
import type { Incoming } from './incoming.js';
import { readOnlyAgent } from './read-only-agent.js';
import { recordingDesired } from './recording-desired.js';

/** What one run of a handler leaves behind beside its answer. */
export interface Run {
  note: AuditNote;
  touched: Touched[];
  wait: PendingWait | null;
}

/** The context of a handler, bound to one entity manager. `agent` is the owner's own, restricted call. */
export function routeContext(
  kernel: Kernel,
  incoming: Incoming,
  em: EntityManager,
  agent: AgentCall,
  desiredOf: (em: EntityManager) => Desired,
): { ctx: RouteContext; run: Run } {
  const run: Run = { note: {}, touched: [], wait: null };
  const { actor } = incoming;
  // Made at first use: a handler that opens its own transactions has none that these could belong to.
  let desired: Desired | null = null;
  const theDesired = (): Desired => (desired ??= recordingDesired(desiredOf(em), run.touched));
  const ctx: RouteContext = {
    params: incoming.params,
    query: incoming.query,
    body: incoming.body,
    actor,
    em,
    get desired() {
      return theDesired();
    },
    get hooks() {
      return kernel.hooks.runner(em, actor, theDesired());
    },
    agent: incoming.dryRun ? readOnlyAgent(agent) : agent,
    log: kernel.log,
    requestId: incoming.requestId,
    language: incoming.language,
    now: kernel.now(),
    audit: (entry) => {
      run.note = { ...run.note, ...entry, details: { ...run.note.details, ...entry.details } };
    },
    reply: (status, body, headers) => replyOf(status, body, headers),
    accepted: async (resource, read, status) => {
      await em.flush();
      run.wait = { resource, touched: run.touched, read: read as never };
      run.note.object ??= `${resource.kind}/${resource.id}`;
      return replyOf(status ?? 202, await read(em));
    },
    page: pageOver(em, actor, kernel.registry),
    can: (permission) => actor.permissions.has(permission),
    startJob: async (name, input, options) => ({
      jobId: await kernel.jobs.start(em, name, input, { actor, key: options?.key }),
    }),
  };
  giveHttpAccess(ctx, incoming.http);
  return { ctx, run };
}

function replyOf<T>(status: number, body?: T, headers: Record<string, string> = {}): Reply<T> {
  return { isReply: true, status, body, headers };
}
