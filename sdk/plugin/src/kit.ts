import type { EntityManager } from '@mikro-orm/core';
import type { z } from 'zod';
import type { HookRunner, HookTaps } from './hooks.js';
import type { AgentCall, ReconcilerSpec } from './reconcile.js';
import type { ResourceRow } from './resource.js';
import type { RouteSpec } from './route.js';
import type { Token } from './token.js';
import type { Desired } from './desired.js';

export interface Logger {
  debug(fields: Record<string, unknown> | string, message?: string): void;
  info(fields: Record<string, unknown> | string, message?: string): void;
  warn(fields: Record<string, unknown> | string, message?: string): void;
  error(fields: Record<string, unknown> | string, message?: string): void;
}

/** One thing a plan can limit, for example `memory` or `sites`. */
export interface LimitSpec {
  /** Camel case, unique over all plugins; the key in a plan's `limits`. */
  key: string;
  title: string;
  unit: 'bytes' | 'count' | 'percent' | 'bytesPerSecond' | 'weight';
  /** Value of a new plan; null is unlimited. */
  default: number | null;
  min?: number;
  max?: number;
  /** How much an account uses now; for counted things this is what `enforce` compares with. */
  used?: (em: EntityManager, accountId: number) => Promise<number>;
}

/** A piece of work that has no steady state (backup, import, install). At least once: every step is idempotent. */
export interface JobSpec<I> {
  name: string;
  title: string;
  input: z.ZodType<I>;
  /** Attempts before it is given up with the reason shown; default 5. */
  attempts?: number;
  timeoutSeconds?: number;
  run(input: I, ctx: JobContext): Promise<unknown>;
}

export interface JobContext {
  jobId: string;
  attempt: number;
  agent: AgentCall;
  log: Logger;
  /** Aborted when somebody cancels the job or the process stops. */
  signal: AbortSignal;
  /** Shown live to whoever watches the job. `percent` 0-100. */
  progress(percent: number | null, message: string): Promise<void>;
  transaction<T>(work: (em: EntityManager, desired: Desired, hooks: HookRunner) => Promise<T>): Promise<T>;
}

export interface ScheduleSpec {
  name: string;
  /** Five-field cron expression, UTC. */
  cron: string;
  run(ctx: JobContext): Promise<void>;
}

/** A number shown to people and to Prometheus. */
export interface MetricSpec {
  /** Prometheus name without the `tenpanel_` prefix. */
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  labels?: string[];
  collect(em: EntityManager): Promise<{ labels?: Record<string, string>; value: number }[]>;
}

/** One line of `doctor`. `repair` is called by `doctor --repair`. */
export interface CheckSpec {
  name: string;
  title: string;
  run(ctx: {
    em: EntityManager;
    agent: AgentCall;
  }): Promise<{ state: 'ok' | 'warn' | 'fail'; message: string; fix?: string }>;
  repair?(ctx: { em: EntityManager; agent: AgentCall; desired: Desired }): Promise<string>;
}

export interface PluginSettings {
  get(key: string): Promise<string | number | boolean | null>;
  set(key: string, value: string | number | boolean | null): Promise<void>;
}

export interface PluginSecrets {
  /** Encrypt for storage in a column; `place` is `table:column:id` and is bound into the ciphertext. */
  seal(plain: string, place: string): string;
  open(sealed: string, place: string): string;
}

/**
 * What a plugin does everything with. Call the registering methods only inside `setup`.
 */
export interface PluginKit {
  readonly id: string;
  readonly log: Logger;
  readonly settings: PluginSettings;
  readonly secrets: PluginSecrets;
  /** Operations that the manifest declares; all others are refused with a clear error. */
  readonly agent: AgentCall;
  readonly hooks: HookTaps;
  /** Now, in Unix milliseconds; replaced in tests. */
  readonly now: () => number;
  /** Render `templates/<name>`; the suffix before `.eta` (`.nginx.eta`, `.ini.eta`, `.vcl.eta`) picks the emitter that escapes every `<%= %>`. */
  render(template: string, data: Record<string, unknown>): string;
  /**
   * Look at the database as the system sees it, in all tenants, beside any transaction that is open: it does not see what
   * that one has not committed yet, holds no connection between its queries, and cannot write.
   */
  read<T>(work: (em: EntityManager) => Promise<T>): Promise<T>;
  /**
   * A system-scoped transaction, for jobs and capabilities that have no caller's transaction. Inside a transaction it
   * throws: who holds one connection must not wait for another.
   */
  transaction<T>(work: (em: EntityManager, desired: Desired, hooks: HookRunner) => Promise<T>): Promise<T>;
  route<
    P extends z.ZodType | undefined = undefined,
    Q extends z.ZodType | undefined = undefined,
    B extends z.ZodType | undefined = undefined,
    R extends z.ZodType | undefined = undefined,
  >(
    spec: RouteSpec<P, Q, B, R>,
  ): void;
  reconcile<Row extends ResourceRow>(spec: ReconcilerSpec<Row>): void;
  job<I>(spec: JobSpec<I>): void;
  schedule(spec: ScheduleSpec): void;
  provide<T>(token: Token<T>, value: T): void;
  limit(spec: LimitSpec): void;
  metric(spec: MetricSpec): void;
  check(spec: CheckSpec): void;
  /** Which tenant-owned tables (schema-qualified) get row-level security by `tenant_id`; entities with `tenantId` are found by themselves. */
  readonly limits: Limits;
  /**
   * Called once in the worker, after all plugins are set up: the place to bring shared state in step with the plugins
   * that run now. An error is logged and the plugin goes on, so something (a schedule) must try again. Not for long work:
   * after 5 s the worker starts without waiting for it.
   */
  onStart(start: () => Promise<void>): void;
  /** Called when the process stops; finish within 5 s. */
  onStop(stop: () => Promise<void>): void;
}

export interface Limits {
  all(): readonly LimitSpec[];
  /** Refuse (409 `limit.reached`) when `add` more of `key` would exceed the account's plan. Takes a lock until the transaction ends. */
  enforce(em: EntityManager, accountId: number, key: string, add?: number): Promise<void>;
}
