import { defineEntity, p, type InferEntity } from '@tenpanel/sdk';

/** Limit key -> value; null is unlimited. A key that is absent has the limit's default. */
export type LimitValues = Record<string, number | null>;

/** What is sold. Belongs to the provider or to the reseller who made it. */
export const planEntity = defineEntity({
  name: 'AccountPlan',
  tableName: 'plan',
  schema: 'plg_accounts',
  properties: {
    id: p.integer().primary(),
    tenantId: p.integer(),
    name: p.string(),
    description: p.string(),
    limits: p.json<LimitValues>(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export type Plan = InferEntity<typeof planEntity>;
