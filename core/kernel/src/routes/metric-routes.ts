import { z, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { readPanelMetrics } from '../metrics/read-panel-metrics.js';
import { defineRoute } from './define-route.js';

const metricReply = z
  .strictObject({
    name: z.string(),
    help: z.string(),
    type: z.enum(['gauge', 'counter']),
    labels: z.array(z.string()),
    samples: z.array(z.strictObject({ labels: z.record(z.string(), z.string()), value: z.number() })),
  })
  .meta({ id: 'Metric' });

/** The panel's own figures as JSON; the same ones are at /metrics for Prometheus. */
export function metricRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/metrics',
      permission: 'metric.read',
      summary: 'List the panel’s own figures',
      transaction: false,
      reply: z.strictObject({ items: z.array(metricReply), next: z.null() }),
      handler: async () => ({ items: await readPanelMetrics(kernel), next: null }),
    }),
  ];
}
