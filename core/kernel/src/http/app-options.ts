import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor, AgentCall } from '@tenpanel/sdk';

/** One file that would change on the server. `diff` is a unified diff. */
export interface PlannedChange {
  absolute: string;
  action: 'create' | 'change' | 'remove';
  diff: string;
  /** `<kind>/<id>` of the resource that wants it. */
  resource?: string;
}

/** A desired-state row that a transaction has created, changed or marked. */
export interface Touched {
  kind: string;
  id: number;
}

export interface AppOptions {
  /** Folder of the built user interface (with `index.html`); absent: only the API answers. */
  uiDir?: string | null;
  /**
   * What these rows, as they are in the caller's open transaction, would change on the server. Used by `?dryRun=true`;
   * a dry run is refused with 501 when it is absent.
   */
  preview?: (em: EntityManager, touched: readonly Touched[]) => Promise<PlannedChange[]>;
  /** Is a worker alive? Shown by /healthz. Unix milliseconds of its last sign, null when it never gave one. */
  workerHeartbeat?: () => Promise<number | null>;
  /** Check every answer against its schema (tests): an answer that breaks the contract is a 500. */
  checkReplies?: boolean;
  /** The agent call bound to a plugin's manifest; the kernel's own routes get the unrestricted one. */
  agentFor?: (owner: string, by: { actor: Actor; requestId: string }) => AgentCall;
}
