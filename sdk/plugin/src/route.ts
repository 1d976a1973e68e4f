import type { EntityManager } from '@mikro-orm/core';
import type { z } from 'zod';
import type { Actor } from './actor.js';
import type { Desired } from './desired.js';
import type { HookRunner } from './hooks.js';
import type { AgentCall } from './reconcile.js';
import type { Logger } from './kit.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Schema = z.ZodType;
type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * A route is one object: from it come routing, validation, the OpenAPI document, the typed client and the command's
 * verb. Objects in schemas must be strict (`z.strictObject`): an unknown key is 422.
 *
 * Every method but GET runs inside one transaction with one audit row; the handler throws to roll back. With
 * `?dryRun=true` (for routes whose `preview` is not false) the transaction is rolled back and the answer is the plan.
 */
export interface RouteSpec<
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
  R extends Schema | undefined = undefined,
> {
  method: Method;
  /** Below /api, with `{name}` for parameters: `/vhosts/{id}`. */
  path: string;
  /** Permission that the manifest declares, or `public` (only for an exact list), or `self` (any signed-in user). */
  permission: string;
  summary: string;
  description?: string;
  tags?: string[];
  params?: P;
  query?: Q;
  body?: B;
  /** Schema of the successful answer's body. */
  reply?: R;
  /** Status of success; default 200, or 201/204 as the handler says. */
  status?: number;
  /** Ask for the password or a code again when the last proof is older than 5 minutes. */
  stepUp?: boolean;
  /** false for a route whose effect cannot be shown before (log-in, purge of a cache). */
  preview?: boolean;
  /** false when the handler manages its own transactions (uploads, streams). Audit is still written. */
  transaction?: boolean;
  /** Media type of the answer when it is not JSON (`text/event-stream`, `text/csv`); the body is then a string or a Node stream. */
  produces?: string;
  /** `{noun, verb}` of the command when the derived one (`vhosts create`) does not fit; false for none. */
  command?: { noun: string; verb: string } | false;
  handler: (ctx: RouteContext<Out<P>, Out<Q>, Out<B>>) => Promise<Out<R> | Reply<Out<R>>>;
}

/** An answer with a status or headers of its own. Build it with `ctx.reply`. */
export interface Reply<T> {
  readonly isReply: true;
  readonly status: number;
  readonly body: T | undefined;
  readonly headers: Record<string, string>;
}

/** One page of a list. Ask for more with `?cursor=<next>`; `next` is null on the last page. */
export interface Page<T> {
  items: T[];
  next: string | null;
  total?: number;
}

export interface RouteContext<P = unknown, Q = unknown, B = unknown> {
  params: P;
  query: Q;
  body: B;
  actor: Actor;
  /** Bound to the actor's tenant: rows of others do not exist in it. */
  em: EntityManager;
  desired: Desired;
  hooks: HookRunner;
  agent: AgentCall;
  log: Logger;
  requestId: string;
  /** BCP 47 language of the answer. */
  language: string;
  /** Unix milliseconds. */
  now: number;
  /** Enrich the audit row of this request. `object` is `<kind>/<id>`. */
  audit(entry: { object?: string; summary?: string; details?: Record<string, unknown> }): void;
  reply<T>(status: number, body?: T, headers?: Record<string, string>): Reply<T>;
  /** 202 and the resource; with `Prefer: wait=<seconds>` the kernel waits until it is active and reads it again with `read`. */
  accepted<T>(
    resource: { kind: string; id: number },
    read: (em: EntityManager) => Promise<T>,
    status?: number,
  ): Promise<Reply<T>>;
  /** Cursor paging over an entity: applies `?limit&cursor&sort` and the filters given. */
  page<Row extends { id: number }, T>(
    entity: unknown,
    where: Record<string, unknown>,
    options: {
      query: { limit?: number | undefined; cursor?: string | undefined; sort?: string | undefined };
      sortable?: string[];
      map: (row: Row) => T | Promise<T>;
    },
  ): Promise<Page<T>>;
  /** Does the actor have this permission too? */
  can(permission: string): boolean;
  /** Start a job in this transaction; the answer is its id. */
  startJob(name: string, input: unknown, options?: { key?: string }): Promise<{ jobId: string }>;
}
