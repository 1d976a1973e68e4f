import { z, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { defineRoute } from './define-route.js';

const limitReply = z
  .strictObject({
    key: z.string(),
    owner: z.string(),
    title: z.string(),
    unit: z.enum(['bytes', 'count', 'percent', 'bytesPerSecond', 'weight']),
    default: z.number().nullable().meta({ description: 'null: unlimited.' }),
    min: z.number().nullable(),
    max: z.number().nullable(),
  })
  .meta({ id: 'Limit' });

/** What plans can limit. */
export function limitRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/limits',
      permission: 'limit.read',
      summary: 'List what a plan can limit',
      reply: z.strictObject({ items: z.array(limitReply), next: z.null() }),
      handler: async () => ({
        items: [...kernel.registry.limits.values()].map(({ owner, spec }) => ({
          key: spec.key,
          owner,
          title: spec.title,
          unit: spec.unit,
          default: spec.default,
          min: spec.min ?? null,
          max: spec.max ?? null,
        })),
        next: null,
      }),
    }),
  ];
}
