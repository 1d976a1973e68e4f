import { p } from '@mikro-orm/core';

export type ConditionStatus = 'true' | 'false' | 'unknown';

/** What a reconciler found, in plain words. `since` is ISO 8601. */
export interface Condition {
  type: string;
  status: ConditionStatus;
  reason: string;
  message: string;
  since: string;
}

/** `active`: as wanted. `provisioning`: on its way. `degraded`: a condition tells why it cannot be reached. */
export type ResourceStatus = 'active' | 'provisioning' | 'degraded' | 'suspended' | 'deleting';

/**
 * Properties every desired-state entity has; spread them into `defineEntity`. The kernel writes them, a plugin
 * only reads them. `spec` holds what should be; a change of it goes through `ctx.desired`, which raises
 * `generation`, keeps history, and wakes the reconciler.
 */
export function resourceProperties<Spec>() {
  return {
    id: p.integer().primary(),
    tenantId: p.integer().index(),
    spec: p.json<Spec>(),
    generation: p.integer().default(1),
    observedGeneration: p.integer().default(0),
    conditions: p.json<Condition[]>(),
    finalizers: p.json<string[]>(),
    deletedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  };
}

/** The part of a resource row that the kernel knows. */
export interface ResourceRow<Spec = unknown> {
  id: number;
  tenantId: number;
  spec: Spec;
  generation: number;
  observedGeneration: number;
  conditions: Condition[];
  finalizers: string[];
  deletedAt?: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** The status that the API shows for a row. */
export function resourceStatus(
  row: Pick<ResourceRow, 'generation' | 'observedGeneration' | 'conditions' | 'deletedAt'>,
): ResourceStatus {
  if (row.deletedAt) return 'deleting';
  if (row.conditions.some((c) => c.type === 'Ready' && c.status === 'false')) return 'degraded';
  if (row.observedGeneration < row.generation) return 'provisioning';
  return row.conditions.some((c) => c.type === 'Suspended' && c.status === 'true') ? 'suspended' : 'active';
}
