import type { EntityManager, EntitySchema } from '@mikro-orm/core';
import type { ConfigFile, OperationArgs, OperationName, OperationResult } from '@tenpanel/protocol';
import type { ResourceRow, Condition } from './resource.js';
import type { Logger } from './kit.js';

/** The complete files of one resource for one service. */
export interface ConfigSet {
  /** Service of the plugin's own driver that must take the files. */
  service: string;
  instance?: string;
  files: ConfigFile[];
}

export type AgentCall = <N extends OperationName>(
  name: N,
  args: OperationArgs<N>,
  options?: { signal?: AbortSignal; onEvent?: (event: unknown) => void; timeoutSeconds?: number },
) => Promise<OperationResult<N>>;

export interface ReconcileContext {
  /** Read-only, system-scoped. */
  em: EntityManager;
  agent: AgentCall;
  log: Logger;
  /** Apply the files that `render` gave; the default `converge` is just this. */
  apply(): Promise<void>;
}

/** "Not yet": the row waits for another one, with the reason shown to its owner. Not a failure. */
export interface Waiting {
  waiting: string;
  /** Seconds until the next look; a touch comes earlier. Default 5. */
  retryAfter?: number;
}

/**
 * A reconciler makes one kind of row real. It is level-driven: it reads the row as it is now and never asks what
 * has changed; it may be called at any time, any number of times.
 */
export interface ReconcilerSpec<Row extends ResourceRow> {
  /** Resource kind, for example `vhost`; unique over all plugins. */
  kind: string;
  // The entity's own row type is kept by `Row`; the schema is only passed through to the ORM.
  entity: EntitySchema;
  /**
   * Own columns that say what was found on the server, not what is wanted. They stay out of the history: an undo would
   * claim that the server is as it was before.
   */
  observed?: readonly string[];
  /** Is everything this row needs there? */
  ready?: (row: Row, ctx: ReconcileContext) => Promise<Waiting | null>;
  /**
   * The files this row wants, computed without side effects: the same function serves apply, preview, plan and
   * drift. A row marked for deletion renders nothing and is not asked.
   */
  render?: (row: Row, ctx: { em: EntityManager }) => Promise<ConfigSet[]>;
  /** What else must be done on the server; call `ctx.apply()` where the files belong. Extra conditions may be returned. */
  converge?: (row: Row, ctx: ReconcileContext) => Promise<Omit<Condition, 'since'>[] | void>;
  /** Undo on the server; the kernel removes the row's files before it calls this. */
  remove?: (row: Row, ctx: ReconcileContext) => Promise<Waiting | void>;
  /** Look again even without a change; default 3600 s. */
  resyncSeconds?: number;
  /** The services whose files `remove` has to clear, when `render` cannot tell for a deleted row. */
  services?: (row: Row) => { service: string; instance?: string }[];
}
