import type { Desired, EntityManager, HookRunner, Identity, PluginKit } from '@tenpanel/sdk';

export interface Holder {
  id: string;
  remains(em: EntityManager, accountId: number): Promise<string | null>;
}

export interface UsageSource {
  id: string;
  usage(em: EntityManager, accountId: number): Promise<Record<string, number>>;
}

/** What every service and route of this plugin works with. */
export interface Room {
  kit: PluginKit;
  identity: Identity;
  holders: Holder[];
  sources: UsageSource[];
}

/** The transaction somebody works in: a route's, a job's or a schedule's. */
export interface Work {
  em: EntityManager;
  desired: Desired;
  hooks: HookRunner;
  /** Shown as who did it. */
  by: string;
  /** Unix milliseconds. */
  now: number;
}
