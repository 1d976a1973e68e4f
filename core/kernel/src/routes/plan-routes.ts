import { createTwoFilesPatch } from 'diff';
import { PanelError, z, type RouteSpec } from '@tenpanel/sdk';
import type { Planner } from '../reconcile/create-planner.js';
import { defineRoute } from './define-route.js';

const planned = z.strictObject({
  resource: z.string(),
  service: z.string(),
  absolute: z.string(),
  action: z.enum(['create', 'change', 'remove']),
  diff: z.string().meta({ description: 'Unified diff.' }),
});

const drifted = z.strictObject({
  resource: z.string(),
  absolute: z.string(),
  state: z.enum(['edited', 'missing', 'foreign']).meta({ description: 'foreign: not written by the panel.' }),
});

/** What would change on the server if everything were applied now. `planner` is looked up late: the kernel is composed first. */
export function planRoutes(planner: () => Planner | undefined): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/plan',
      permission: 'server.plan',
      summary: 'Show what is waiting to change on the server, and what was changed there by hand',
      reply: z.strictObject({ items: z.array(planned), drifted: z.array(drifted), next: z.null() }),
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
          drifted: plans.flatMap((plan) =>
            plan.drifted.map(({ resource, absolute, state }) => ({ resource, absolute, state })),
          ),
          next: null,
        };
      },
    }),
  ];
}
