import { createTwoFilesPatch } from 'diff';
import { NotFound, PanelError, z, type RouteSpec } from '@tenpanel/sdk';
import type { Planner } from '../reconcile/create-planner.js';
import { restoreFiles } from '../reconcile/restore-files.js';
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
    defineRoute({
      method: 'POST',
      path: '/drift/restore',
      permission: 'server.repair',
      summary: 'Put back the files of a resource that were edited or deleted by hand',
      description:
        'What stands in the files now is lost. Without this the panel leaves such files alone and says so.',
      body: z.strictObject({
        resource: z
          .string()
          .regex(/^[a-z][a-z0-9-]{0,63}\/[1-9]\d{0,9}$/, 'Write the kind and the number, such as vhost/12.')
          .meta({ description: 'As GET /plan names it in `drifted`.' }),
      }),
      preview: false,
      command: false,
      status: 204,
      handler: async (ctx) => {
        const [kind = '', id = ''] = ctx.body.resource.split('/');
        if (!(await restoreFiles(ctx.em, kind, Number(id)))) throw new NotFound('resource');
        ctx.audit({ object: ctx.body.resource, summary: 'files put back' });
        return undefined;
      },
    }),
  ];
}
