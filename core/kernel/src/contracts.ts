import type { EntityManager } from '@mikro-orm/core';
import type { EntityManager as SqlEntityManager, MikroORM } from '@mikro-orm/postgresql';
import type {
  Actor,
  CheckSpec,
  Desired,
  HookRunner,
  HookTaps,
  JobSpec,
  LimitSpec,
  Limits,
  Logger,
  Manifest,
  MetricSpec,
  ReconcilerSpec,
  ResourceRow,
  Role,
  RouteSpec,
  ScheduleSpec,
  AgentCall,
} from '@tenpanel/sdk';

/**
 * The services of the kernel, as its rooms see each other. `boot/` makes one object of them and hands it round;
 * nothing in the kernel is a global.
 */
export interface Kernel {
  config: KernelConfig;
  log: Logger;
  now: () => number;
  db: Database;
  audit: AuditLog;
  outbox: Outbox;
  jobs: Jobs;
  desired: DesiredFactory;
  hooks: Hooks;
  settings: Settings;
  secrets: SecretBox;
  /** The unrestricted call; plugins get one bound to their manifest. */
  agent: AgentCall;
  limits: Limits;
  registry: Registry;
  i18n: Messages;
  store: SharedStore;
}

export interface KernelConfig {
  /** Superuser or owner of the schemas; only migrations use it. */
  ownerDatabaseUrl: string;
  /** Role without ownership and without BYPASSRLS; everything else uses it. */
  databaseUrl: string;
  redisUrl: string | null;
  /** Unix socket of the root agent. */
  agentSocket: string;
  /** Address of https listener, for example `0.0.0.0:8443`; null listens on the local socket only. */
  listen: { host: string; port: number } | null;
  /** Local administration socket (0600); requests through it are the built-in actor `local`. */
  localSocket: string | null;
  /** Where people reach the panel, for links and Origin checks: `https://panel.example.com:8443`. */
  publicUrl: string;
  /** Folder with `panel.crt`/`panel.key`, `secret.key`, `jwt/`; 0700 of the panel's user. */
  stateDir: string;
  /** Folders that hold plugins, each with a package.json. */
  pluginDirs: string[];
  /** Networks of reverse proxies whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  safeMode: boolean;
}

export interface Database {
  orm: MikroORM;
  /**
   * One transaction that sees only what lies below `path` in the tenant tree (`/` = all). Sets `app.tenant` for
   * row-level security and the parameter of the ORM's tenant filter.
   */
  transaction<T>(path: string, work: (em: SqlEntityManager) => Promise<T>): Promise<T>;
  /** The same, read only. */
  read<T>(path: string, work: (em: SqlEntityManager) => Promise<T>): Promise<T>;
  /**
   * A transaction of its own beside one that may be open, seeing all tenants, on connections that are kept for this:
   * what must stand also when the other is rolled back. Keep it short, and take no lock that the other may hold.
   */
  aside<T>(work: (em: SqlEntityManager) => Promise<T>): Promise<T>;
  /**
   * An entity manager that sees all tenants and can only read (the server refuses writes), without an open
   * transaction: a reconciler may keep it through slow calls without holding a connection.
   */
  systemReader(): SqlEntityManager;
  /** The same for single statements that change something: each is a transaction of its own. Not for entities. */
  systemWriter(): SqlEntityManager;
  /** `LISTEN`: called with each notification's payload until the returned function is called. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface AuditInput {
  actor: Actor;
  /** `<METHOD> <route>` or a system act such as `reconcile`. */
  action: string;
  object?: string | undefined;
  summary?: string | undefined;
  details?: Record<string, unknown> | undefined;
  outcome: 'ok' | 'denied' | 'failed' | 'intent';
  requestId?: string | undefined;
  address?: string | undefined;
}

export interface AuditLog {
  /** Append to the hash chain at the end of the caller's transaction. */
  write(em: EntityManager, entry: AuditInput): Promise<void>;
  /** Walk the chain; the first broken row, if any. */
  verify(em: EntityManager): Promise<{ rows: number; brokenAt: number | null }>;
}

/** Facts that leave a transaction. Each consumer has its own delivery and retry. */
export interface Outbox {
  publish(em: EntityManager, topic: string, payload: unknown): Promise<void>;
  /** Register before the worker starts. `consumer` is stable over restarts; topic `*` is every topic. */
  consume(
    topic: string,
    consumer: string,
    handle: (payload: unknown, delivery: { id: string; attempt: number; topic: string }) => Promise<void>,
  ): void;
}

export interface Jobs {
  register<I>(owner: string, spec: JobSpec<I>): void;
  schedule(owner: string, spec: ScheduleSpec): void;
  /** Enqueue inside the caller's transaction. Jobs with the same `key` run one at a time, in order. */
  start(
    em: EntityManager,
    name: string,
    input: unknown,
    options: { actor: Actor; key?: string | undefined },
  ): Promise<string>;
  cancel(em: EntityManager, jobId: string): Promise<void>;
  /** Only in the worker. */
  work(): Promise<void>;
  /** Finish what runs (30 s at most), then return. */
  stop(): Promise<void>;
}

export interface DesiredFactory {
  for(em: EntityManager, actor: Actor): Desired;
}

export interface Hooks {
  taps(pluginId: string): HookTaps;
  runner(em: EntityManager, actor: Actor, desired: Desired): HookRunner;
}

export interface Settings {
  get(em: EntityManager, owner: string, key: string): Promise<unknown>;
  /** Everything that was set of one owner, by key. */
  all(em: EntityManager, owner: string): Promise<Map<string, unknown>>;
  set(em: EntityManager, owner: string, key: string, value: unknown): Promise<void>;
}

export interface SecretBox {
  /** AES-256-GCM with `place` (`table:column:id`) as associated data. */
  seal(plain: string, place: string): string;
  open(sealed: string, place: string): string;
}

export interface Messages {
  /** Text of `key` in `language`, falling back to English, then to the key. */
  t(language: string, key: string, params?: Record<string, string | number>): string;
  languages(): string[];
}

/** Redis, or memory where none is set and there is one process. */
export interface SharedStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  /** Only if absent; true when it was set. */
  setIfAbsent(key: string, value: string, ttlSeconds: number): Promise<boolean>;
  delete(key: string): Promise<void>;
  increment(key: string, ttlSeconds: number): Promise<number>;
  close(): Promise<void>;
}

export type PluginState =
  'discovered' | 'blocked' | 'installed' | 'running' | 'failed' | 'disabled' | 'uninstalled';

/** What all running plugins (and the kernel itself, owner `kernel`) have registered. */
export interface Registry {
  routes: { owner: string; spec: RouteSpec }[];
  reconcilers: Map<string, { owner: string; spec: ReconcilerSpec<ResourceRow> }>;
  jobs: Map<string, { owner: string; spec: JobSpec<unknown> }>;
  schedules: { owner: string; spec: ScheduleSpec }[];
  limits: Map<string, { owner: string; spec: LimitSpec }>;
  metrics: { owner: string; spec: MetricSpec }[];
  checks: { owner: string; spec: CheckSpec }[];
  /** Permission -> default roles and title. */
  permissions: Map<string, { owner: string; title: string; roles: readonly Role[] }>;
  plugins: Map<
    string,
    { manifest: Manifest; dir: string; version: string; state: PluginState; reason: string | null }
  >;
}
