import { defineEntity, p } from '@mikro-orm/core';

export type TenantKind = 'provider' | 'reseller' | 'client';

/** A node of the tenant tree; row 1 is the provider with path `/`. Change it only through `tenants`. */
export const TenantEntity = defineEntity({
  name: 'Tenant',
  schema: 'kernel',
  tableName: 'tenants',
  properties: {
    id: p.integer().primary(),
    parentId: p.integer().nullable(),
    path: p.string(),
    kind: p.string().$type<TenantKind>(),
    name: p.string(),
    suspended: p.boolean().default(false),
    createdAt: p.datetime(),
  },
});
