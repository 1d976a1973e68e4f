import { z } from '@tenpanel/sdk';
import type { LimitSpec } from '@tenpanel/sdk';
import type { Plan } from '../entities/plan.js';
import { withDefaults } from '../services/limit-values.js';

export const planView = z
  .strictObject({
    id: z.number().int(),
    name: z.string(),
    description: z.string(),
    ownerTenantId: z.number().int(),
    limits: z.record(z.string(), z.number().nullable()),
    accounts: z.number().int().meta({ description: 'Accounts that use it' }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Plan' });

export type PlanView = z.output<typeof planView>;

export function viewPlan(row: Plan, accounts: number, specs: readonly LimitSpec[]): PlanView {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    ownerTenantId: row.tenantId,
    limits: withDefaults(specs, row.limits),
    accounts,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
