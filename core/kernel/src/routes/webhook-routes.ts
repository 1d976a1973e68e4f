import { randomUUID } from 'node:crypto';
import type { InferEntity } from '@mikro-orm/core';
import { idParam, NotFound, pageOf, pageQuery, z, type EntityManager, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import type { Webhooks } from '../webhooks/create-webhooks.js';
import { WebhookDeliveryEntity, WebhookEndpointEntity } from '../webhooks/webhook-entities.js';
import { defineRoute } from './define-route.js';

type Endpoint = InferEntity<typeof WebhookEndpointEntity>;
type Delivery = InferEntity<typeof WebhookDeliveryEntity>;

const params = z.strictObject({ id: idParam });
const tags = ['webhooks'];
const events = z
  .array(z.string().max(100))
  .min(1)
  .max(100)
  .meta({ description: 'Events such as `site.create`, all of a noun (`site.*`), or `*`.' });

const webhookReply = z
  .strictObject({
    id: z.number().int(),
    url: z.string(),
    events: z.array(z.string()),
    enabled: z.boolean(),
    createdAt: z.string(),
  })
  .meta({ id: 'Webhook' });
const withSecret = z.strictObject({
  webhook: webhookReply,
  secret: z.string().meta({ description: 'Signs the deliveries; shown once.' }),
});

const deliveryReply = z
  .strictObject({
    id: z.number().int(),
    delivery: z.string(),
    event: z.string(),
    attempt: z.number().int(),
    status: z.number().int().nullable().meta({ description: 'HTTP status; null when nothing answered.' }),
    error: z.string().nullable(),
    milliseconds: z.number().int(),
    at: z.string(),
  })
  .meta({ id: 'WebhookDelivery' });

/** Addresses that are told what happens, signed (see the API guide). */
export function webhookRoutes(kernel: Kernel, webhooks: Webhooks): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/webhooks',
      permission: 'webhook.read',
      summary: 'List webhooks',
      tags,
      query: z.strictObject(pageQuery),
      reply: pageOf(webhookReply),
      handler: (ctx) =>
        ctx.page<Endpoint, z.output<typeof webhookReply>>(
          WebhookEndpointEntity,
          {},
          { query: ctx.query, sortable: ['url'], map: show },
        ),
    }),
    defineRoute({
      method: 'POST',
      path: '/webhooks',
      permission: 'webhook.write',
      summary: 'Create a webhook',
      tags,
      preview: false,
      body: z.strictObject({ url: z.string().max(2000), events, enabled: z.boolean().default(true) }),
      status: 201,
      reply: withSecret,
      handler: async (ctx) => {
        const { id, secret } = await webhooks.create(ctx.em, ctx.actor.tenantId, ctx.body);
        ctx.audit({ object: `webhook/${id}`, details: ctx.body });
        return ctx.reply(201, { webhook: show(await find(ctx.em, id)), secret });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/webhooks/{id}',
      permission: 'webhook.read',
      summary: 'Show a webhook',
      tags,
      params,
      reply: webhookReply,
      handler: async (ctx) => show(await find(ctx.em, ctx.params.id)),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/webhooks/{id}',
      permission: 'webhook.write',
      summary: 'Change a webhook',
      tags,
      preview: false,
      params,
      body: z.strictObject({
        url: z.string().max(2000).optional(),
        events: events.optional(),
        enabled: z.boolean().optional(),
      }),
      reply: webhookReply,
      handler: async (ctx) => {
        const endpoint = await find(ctx.em, ctx.params.id);
        const { url = endpoint.url, events: wanted = endpoint.events, enabled = endpoint.enabled } = ctx.body;
        await webhooks.update(ctx.em, endpoint.id, { url, events: wanted, enabled });
        ctx.audit({ object: `webhook/${endpoint.id}`, details: { url, events: wanted, enabled } });
        await ctx.em.refresh(endpoint);
        return show(endpoint);
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/webhooks/{id}',
      permission: 'webhook.write',
      summary: 'Delete a webhook',
      tags,
      preview: false,
      params,
      status: 204,
      handler: async (ctx) => {
        await webhooks.remove(ctx.em, ctx.params.id);
        ctx.audit({ object: `webhook/${ctx.params.id}` });
        return undefined;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/webhooks/{id}/rotate-secret',
      permission: 'webhook.write',
      summary: 'Make a new secret; the old one ends at once',
      tags,
      preview: false,
      params,
      reply: withSecret,
      handler: async (ctx) => {
        const { secret } = await webhooks.rotateSecret(ctx.em, ctx.params.id);
        ctx.audit({ object: `webhook/${ctx.params.id}` });
        return { webhook: show(await find(ctx.em, ctx.params.id)), secret };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/webhooks/{id}/test',
      permission: 'webhook.write',
      summary: 'Send a test event; its outcome is among the deliveries',
      tags,
      preview: false,
      params,
      status: 202,
      reply: z.strictObject({ delivery: z.string() }),
      handler: async (ctx) => {
        const { id } = await find(ctx.em, ctx.params.id);
        const delivery = `test-${randomUUID()}`;
        const sending = {
          endpoint: id,
          delivery,
          event: 'webhook.test',
          at: new Date(ctx.now).toISOString(),
          data: { hello: 'from 10panel' },
        };
        await kernel.outbox.publish(ctx.em as never, 'webhook.send', sending);
        ctx.audit({ object: `webhook/${id}` });
        return ctx.reply(202, { delivery });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/webhooks/{id}/deliveries',
      permission: 'webhook.read',
      summary: 'List what was sent and how it was answered, newest first',
      tags,
      params,
      query: z.strictObject({ ...pageQuery, sort: z.enum(['id', '-id']).default('-id') }),
      reply: pageOf(deliveryReply),
      handler: async (ctx) => {
        const { id } = await find(ctx.em, ctx.params.id);
        return ctx.page<Delivery, z.output<typeof deliveryReply>>(
          WebhookDeliveryEntity,
          { endpointId: id },
          { query: ctx.query, map: showDelivery },
        );
      },
    }),
  ];
}

async function find(em: EntityManager, id: number): Promise<Endpoint> {
  const endpoint = await em.findOne(WebhookEndpointEntity, { id });
  if (!endpoint) throw new NotFound('webhook');
  return endpoint;
}

function show(endpoint: Endpoint): z.output<typeof webhookReply> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    events: endpoint.events,
    enabled: endpoint.enabled,
    createdAt: endpoint.createdAt.toISOString(),
  };
}

function showDelivery(row: Delivery): z.output<typeof deliveryReply> {
  return {
    id: Number(row.id),
    delivery: row.delivery,
    event: row.event,
    attempt: row.attempt,
    status: row.status ?? null,
    error: row.error ?? null,
    milliseconds: row.milliseconds,
    at: row.at.toISOString(),
  };
}
