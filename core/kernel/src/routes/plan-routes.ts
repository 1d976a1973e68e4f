import { createTwoFilesPatch } from 'diff';
import { PanelError, z, type RouteSpec } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import type { Planner } from '../reconcile/create-planner.js';
import { queueState, wakeAll } from '../reconcile/wake-all.js';
import { defineRoute } from './define-route.js';

const planned = z.strictObject({
  resource: z.string(),
  service: z.string(),
  absolute: z.string(),
  action: z.enum(['create', 'change', 'remove']),
  diff: z.string().meta({ description: 'Unified diff.' }),
});

/** What would change on the server if everything were applied now. `planner` is looked up late: the kernel is composed first. */
export function planRoutes(
  registry: Pick<Registry, 'reconcilers'>,
  planner: () => Planner | undefined,
): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/plan',
      permission: 'server.plan',
      summary: 'Show what is waiting to change on the server',
      reply: z.strictObject({ items: z.array(planned), next: z.null() }),
      command: { noun: 'plan', verb: 'show' },
      handler: async (ctx) => {
        const found = planner();
        if (!found)
          throw new PanelError('http.noPreview', 501, 'This panel cannot show changes before they are made.');
        const plans = await found.planAll(ctx.em as never);
        return {
          items: plans.flatMap((plan) =>
            plan.files.flatMap(({ absolute, action, before, after }) =>
              action === 'same'
                ? []
                : [
                    {
                      resource: plan.resource,
                      service: plan.service,
                      absolute,
                      action,
                      diff: createTwoFilesPatch(absolute, absolute, before, after, 'now', 'planned'),
                    },
                  ],
            ),
          ),
          next: null,
        };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/plan/apply',
      permission: 'server.repair',
      summary: 'Compare everything with the server now, and apply what differs',
      description:
        'Happens by itself within an hour, for example after an update. Files that were changed by hand are left alone. Follow it with GET /plan/queue.',
      reply: z.strictObject({ objects: z.number().int() }),
      status: 202,
      preview: false,
      command: false,
      handler: async (ctx) => {
        const objects = await wakeAll(ctx.em as never, registry);
        ctx.audit({ summary: `${objects} objects` });
        return { objects };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/plan/queue',
      permission: 'server.plan',
      summary: 'Show how much is waiting to be applied',
      reply: z.strictObject({
        waiting: z.number().int().meta({ description: 'Objects that are due or being worked on.' }),
        failing: z
          .number()
          .int()
          .meta({ description: 'Objects that failed at the last try and will be tried again.' }),
      }),
      command: false,
      handler: (ctx) => queueState(ctx.em as never),
    }),
  ];
}
