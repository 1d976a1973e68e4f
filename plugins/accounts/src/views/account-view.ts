import { resourceReply, resourceStatus, z } from '@tenpanel/sdk';
import type { Account } from '../entities/account.js';

export const limitUseView = z.strictObject({
  key: z.string(),
  title: z.string(),
  unit: z.string(),
  limit: z.number().nullable().meta({ description: 'null is unlimited' }),
  used: z.number().nullable().meta({ description: 'null when it cannot be measured' }),
});

export const accountView = z
  .strictObject({
    ...resourceReply,
    status: z.enum(['active', 'provisioning', 'degraded', 'suspended', 'deleted', 'deleting']),
    name: z.string(),
    home: z.string(),
    plan: z.strictObject({ id: z.number().int(), name: z.string() }),
    ownerTenantId: z.number().int(),
    resellerTenantId: z.number().int().nullable(),
    shell: z.boolean(),
    contact: z.strictObject({ name: z.string(), email: z.string() }).nullable(),
    suspension: z.strictObject({ reason: z.string(), since: z.string(), by: z.string() }).nullable(),
    deletion: z
      .strictObject({ reason: z.string(), at: z.string(), by: z.string(), purgeAfter: z.string() })
      .nullable(),
  })
  .meta({ id: 'Account' });

export const accountDetails = z
  .strictObject({ ...accountView.shape, domains: z.array(z.string()), limits: z.array(limitUseView) })
  .meta({ id: 'AccountDetails' });

export type AccountView = z.output<typeof accountView>;

/** Field by field, so that nothing new in the row is shown by accident. */
export function viewAccount(row: Account): AccountView {
  const { name, planId, planName, shell, contact, suspended, deleted } = row.spec;
  const status = row.deletedAt
    ? 'deleting'
    : deleted
      ? 'deleted'
      : suspended
        ? 'suspended'
        : resourceStatus(row);
  return {
    id: row.id,
    status,
    generation: row.generation,
    conditions: row.conditions,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    name,
    home: `/home/${name}`,
    plan: { id: planId, name: planName },
    ownerTenantId: row.tenantId,
    resellerTenantId: row.resellerTenantId ?? null,
    shell,
    contact: contact && { name: contact.name, email: contact.email },
    suspension: suspended && { reason: suspended.reason, since: suspended.since, by: suspended.by },
    deletion: deleted && {
      reason: deleted.reason,
      at: deleted.at,
      by: deleted.by,
      purgeAfter: deleted.purgeAfter,
    },
  };
}
