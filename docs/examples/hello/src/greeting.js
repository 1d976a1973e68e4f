import { defineEntity, p } from '@tenpanel/sdk';

/** A `tenantId` is all it takes: the panel then shows a row only to those whose tenant is at or above it. */
export const Greeting = defineEntity({
  name: 'HelloGreeting',
  schema: 'plg_hello',
  tableName: 'greeting',
  properties: {
    id: p.integer().primary(),
    tenantId: p.integer(),
    accountId: p.integer(),
    text: p.string(),
    sentAt: p.datetime().nullable(),
  },
});
