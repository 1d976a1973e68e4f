import type { AgentCall, HookRunner, Actor, Desired, Logger, EntityManager } from '@tenpanel/sdk';
import type { DesiredFactory, Jobs } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';

export interface JobsOptions {
  db: KernelDatabase;
  /** URL of the app role; pg-boss has a pool of its own. */
  url: string;
  desired: DesiredFactory;
  /** Given late, because hooks need the outbox and jobs need hooks. */
  hooks: () => { runner(em: EntityManager, actor: Actor, desired: Desired): HookRunner };
  /** The agent as `owner` may call it. */
  agentFor: (owner: string) => AgentCall;
  log: Logger;
  now?: () => number;
}

export function createJobs(options: JobsOptions): Jobs {
  void options;
  throw new Error('in progress');
}
