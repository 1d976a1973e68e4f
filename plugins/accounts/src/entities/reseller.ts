import { defineEntity, p, type InferEntity } from '@tenpanel/sdk';
import type { LimitValues } from './plan.js';

export interface ResellerSuspension {
  reason: string;
  /** ISO 8601. */
  since: string;
  by: string;
}

/** What a reseller's tenant may give away. The tenant itself and its users live in the kernel. */
export const resellerEntity = defineEntity({
  name: 'AccountReseller',
  tableName: 'reseller',
  schema: 'plg_accounts',
  properties: {
    id: p.integer().primary(),
    /** The reseller's own tenant. */
    tenantId: p.integer(),
    /** Tenant of the reseller above; null when that is the provider. */
    parentTenantId: p.integer().nullable(),
    /** What it has in all, by limit key, with `accounts` and `resellers` beside them; null is unlimited. */
    allowance: p.json<LimitValues>(),
    /** Keys that may be sold more often than they exist. */
    oversell: p.json<string[]>(),
    suspended: p.json<ResellerSuspension>().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export type Reseller = InferEntity<typeof resellerEntity>;
