import { z, type TenantFacts } from '@tenpanel/sdk';
import type { Reseller } from '../entities/reseller.js';

export const resellerView = z
  .strictObject({
    id: z.number().int().meta({ description: "The reseller's tenant" }),
    name: z.string(),
    parentTenantId: z.number().int().nullable(),
    status: z.enum(['active', 'suspended']),
    suspension: z.strictObject({ reason: z.string(), since: z.string(), by: z.string() }).nullable(),
    allowance: z
      .record(z.string(), z.number().nullable())
      .meta({ description: 'What it may give away in all; a key that is absent is unlimited' }),
    oversell: z.array(z.string()).meta({ description: 'Keys that may be sold more often than they exist' }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Reseller' });

export const resellerDetails = z
  .strictObject({
    ...resellerView.shape,
    sold: z
      .record(z.string(), z.number())
      .meta({ description: 'Sum of what its accounts and the resellers below it have' }),
  })
  .meta({ id: 'ResellerDetails' });

export type ResellerView = z.output<typeof resellerView>;

export function viewReseller(row: Reseller, tenant: TenantFacts | undefined): ResellerView {
  const { suspended } = row;
  return {
    id: row.tenantId,
    name: tenant?.name ?? '',
    parentTenantId: row.parentTenantId ?? null,
    status: suspended ? 'suspended' : 'active',
    suspension: suspended ? { reason: suspended.reason, since: suspended.since, by: suspended.by } : null,
    allowance: row.allowance,
    oversell: row.oversell,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
