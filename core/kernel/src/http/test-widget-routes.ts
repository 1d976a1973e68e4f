import {
  idParam,
  lineOfText,
  NotFound,
  pageOf,
  pageQuery,
  resourceReply,
  resourceStatus,
  textBlock,
  z,
  type RouteSpec,
} from '@tenpanel/sdk';
import { WidgetEntity, type Widget } from '../reconcile/test-widgets.js';
import { defineRoute } from '../routes/define-route.js';

const params = z.strictObject({ id: idParam });
const widgetReply = z
  .strictObject({ ...resourceReply, label: z.string(), size: z.number() })
  .meta({ id: 'Widget' });

function show(row: Widget): z.output<typeof widgetReply> {
  return {
    id: row.id,
    status: resourceStatus(row),
    generation: row.generation,
    conditions: row.conditions,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    label: row.label,
    size: row.spec.size,
  };
}

/** What a plugin of the tests offers, written as a plugin would write it. */
export function widgetRoutes(): RouteSpec[] {
  const find = async (
    em: { findOne: (entity: never, where: never) => Promise<unknown> },
    id: number,
  ): Promise<Widget> => {
    const row = (await em.findOne(WidgetEntity as never, { id } as never)) as Widget | null;
    if (!row) throw new NotFound('widget');
    return row;
  };
  return [
    defineRoute({
      method: 'GET',
      path: '/widgets',
      permission: 'widget.read',
      summary: 'List widgets',
      query: z.strictObject({ ...pageQuery, label: z.string().max(60).optional() }),
      reply: pageOf(widgetReply),
      handler: (ctx) =>
        ctx.page<Widget, z.output<typeof widgetReply>>(
          WidgetEntity,
          ctx.query.label === undefined ? {} : { label: ctx.query.label },
          {
            query: ctx.query,
            sortable: ['label'],
            map: show,
          },
        ),
    }),
    defineRoute({
      method: 'POST',
      path: '/widgets',
      permission: 'widget.write',
      summary: 'Create a widget',
      body: z.strictObject({
        label: lineOfText(60),
        size: z.number().int().min(1).max(10),
        notes: textBlock(200).optional(),
        parts: z.array(z.strictObject({ name: z.string() })).optional(),
      }),
      reply: widgetReply,
      status: 202,
      handler: async (ctx) => {
        const row = await ctx.desired.create<Widget>('widget', {
          tenantId: ctx.actor.tenantId,
          spec: { size: ctx.body.size },
          columns: { label: ctx.body.label, madeOn: null },
        });
        return ctx.accepted({ kind: 'widget', id: row.id }, async (em) =>
          show(await find(em as never, row.id)),
        );
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/widgets/{id}',
      permission: 'widget.read',
      summary: 'Show a widget',
      params,
      reply: widgetReply,
      handler: async (ctx) => show(await find(ctx.em as never, ctx.params.id)),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/widgets/{id}',
      permission: 'widget.write',
      summary: 'Change a widget',
      params,
      body: z.strictObject({ size: z.number().int().min(1).max(10) }),
      reply: widgetReply,
      status: 202,
      handler: async (ctx) => {
        const row = await ctx.desired.update('widget', await find(ctx.em as never, ctx.params.id), {
          size: ctx.body.size,
        });
        return ctx.accepted({ kind: 'widget', id: row.id }, async (em) =>
          show(await find(em as never, row.id)),
        );
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/widgets/{id}',
      permission: 'widget.write',
      summary: 'Delete a widget',
      stepUp: true,
      params,
      status: 204,
      handler: async (ctx) => {
        await ctx.desired.delete('widget', await find(ctx.em as never, ctx.params.id));
        return undefined;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/widgets/{id}/polish',
      permission: 'widget.admin',
      summary: 'Polish a widget on the server',
      params,
      status: 204,
      handler: async (ctx) => {
        await find(ctx.em as never, ctx.params.id);
        await ctx.agent('service.reload', { driver: 'widgets', service: 'polisher' });
        return undefined;
      },
    }),
  ];
}
