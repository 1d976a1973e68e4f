import type { AgentCall, Logger } from '@tenpanel/sdk';
import type { AuditLog, Registry } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';

export interface ReconcilerOptions {
  db: KernelDatabase;
  registry: Pick<Registry, 'reconcilers'>;
  /** The agent as `owner` may call it. */
  agentFor: (owner: string) => AgentCall;
  audit: AuditLog;
  log: Logger;
  now?: () => number;
  /** Objects worked on at once, so that the agent can commit them as a group; default 64. */
  concurrency?: number;
}

/** The worker that makes rows real. */
export interface Reconciler {
  work(): Promise<void>;
  /** Finish what runs (30 s at most), then return. */
  stop(): Promise<void>;
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  void options;
  throw new Error('in progress');
}
