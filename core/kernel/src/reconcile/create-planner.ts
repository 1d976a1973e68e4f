import type { ConfigPlan } from '@tenpanel/protocol';
import type { AgentCall, EntityManager } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';

export interface ResourcePlan extends ConfigPlan {
  /** `<kind>/<id>` */
  resource: string;
  service: string;
  instance?: string;
}

export interface Planner {
  /** What these rows, as they are in the caller's transaction, would change on the server. Nothing is changed. */
  planFor(em: EntityManager, kind: string, ids: readonly number[]): Promise<ResourcePlan[]>;
  /** The same for every row of every kind (`tenpanel plan`), in the order of kinds. */
  planAll(em: EntityManager): Promise<ResourcePlan[]>;
}

export function createPlanner(options: { registry: Pick<Registry, 'reconcilers'>; agentFor: (owner: string) => AgentCall }): Planner {
  void options;
  throw new Error('in progress');
}
