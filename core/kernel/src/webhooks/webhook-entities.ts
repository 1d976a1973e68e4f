import { defineEntity, p } from '@mikro-orm/core';

/** An address of a tenant that is told of events. */
export const WebhookEndpointEntity = defineEntity({
  name: 'WebhookEndpoint',
  schema: 'kernel',
  tableName: 'webhook_endpoints',
  properties: {
    id: p.integer().primary(),
    tenantId: p.integer(),
    url: p.string(),
    /** Sealed. */
    secret: p.string().hidden(),
    events: p.json<string[]>(),
    enabled: p.boolean(),
    createdAt: p.datetime(),
  },
});

/** One try of one delivery. */
export const WebhookDeliveryEntity = defineEntity({
  name: 'WebhookDelivery',
  schema: 'kernel',
  tableName: 'webhook_deliveries',
  properties: {
    id: p.integer().primary(),
    endpointId: p.integer(),
    tenantId: p.integer(),
    /** The same for all tries of one event at one endpoint; sent as `X-Tenpanel-Delivery`. */
    delivery: p.string(),
    event: p.string(),
    attempt: p.integer(),
    /** HTTP status, null when there was no answer. */
    status: p.integer().nullable(),
    error: p.string().nullable(),
    milliseconds: p.integer(),
    at: p.datetime(),
  },
});
