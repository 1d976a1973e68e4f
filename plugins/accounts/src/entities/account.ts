import { defineEntity, p, resourceProperties, type ResourceRow } from '@tenpanel/sdk';
import type { LimitValues } from './plan.js';

export interface Suspension {
  reason: string;
  /** ISO 8601. */
  since: string;
  by: string;
  /** `manual`, or `reseller/<tenant>` when it came with the suspension of the reseller and ends with it. */
  cause: string;
}

export interface Deletion {
  /** ISO 8601. */
  at: string;
  /** ISO 8601; from then on the hourly purge takes it. */
  purgeAfter: string;
  by: string;
  reason: string;
}

export interface Contact {
  name: string;
  email: string;
}

/**
 * The desired state of one account. Name and limits of the plan are copied in: the owner may not see the plan (it can
 * belong to the reseller or provider above), and a change of the plan reaches accounts one by one, with history.
 */
export interface AccountSpec {
  name: string;
  planId: number;
  planName: string;
  limits: LimitValues;
  shell: boolean;
  contact: Contact | null;
  suspended: Suspension | null;
  deleted: Deletion | null;
}

/** Columns that PostgreSQL computes from `spec`, so that an undo of the spec never leaves them behind. */
export const accountEntity = defineEntity({
  name: 'Account',
  tableName: 'account',
  schema: 'plg_accounts',
  properties: {
    ...resourceProperties<AccountSpec>(),
    name: p.string().generated("(spec->>'name') stored"),
    planId: p.integer().generated("((spec->>'planId')::int) stored"),
    state: p.string().$type<'active' | 'suspended' | 'deleted'>().generated('(...) stored'),
    purgeAfter: p.string().nullable().generated("(spec#>>'{deleted,purgeAfter}') stored"),
    /** Tenant of the reseller whose allowance it counts against; null is the provider's. */
    resellerTenantId: p.integer().nullable(),
  },
});

export interface Account extends ResourceRow<AccountSpec> {
  readonly name: string;
  readonly planId: number;
  readonly state: 'active' | 'suspended' | 'deleted';
  readonly purgeAfter?: string | null;
  resellerTenantId?: number | null;
}
