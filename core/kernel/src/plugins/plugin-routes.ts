import { z, type RouteSpec } from '@tenpanel/sdk';
import type { PluginManager } from './plugin-manager.js';
import { pluginSchema, pluginSummarySchema } from './plugin-view.js';

export const pluginPermissions = {
  'plugin.read': { title: 'See plugins', roles: ['admin'] },
  'plugin.write': { title: 'Enable, disable and install plugins', roles: ['admin'] },
} as const;

const params = z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/) });
const tags = ['plugins'];
const accepted = z.strictObject({
  plugin: pluginSchema,
  jobId: z.string().nullable(),
  restarting: z.boolean(),
});

/** The kernel's routes for plugins. Every change is a restart of web and worker; the socket stays open meanwhile. */
export function pluginRoutes(manager: PluginManager): RouteSpec[] {
  const route = <
    P extends z.ZodType | undefined,
    Q extends z.ZodType | undefined,
    B extends z.ZodType | undefined,
    R extends z.ZodType | undefined,
  >(
    spec: RouteSpec<P, Q, B, R>,
  ): RouteSpec => ({ tags, ...spec }) as unknown as RouteSpec;

  return [
    route({
      method: 'GET',
      path: '/plugins',
      permission: 'plugin.read',
      summary: 'List plugins with their state and the reason why one does not run',
      reply: z.strictObject({ items: z.array(pluginSummarySchema), next: z.null(), total: z.number().int() }),
      handler: async ({ em }) => {
        const items = await manager.list(em);
        return { items, next: null, total: items.length };
      },
    }),
    route({
      method: 'GET',
      path: '/plugins/{id}',
      permission: 'plugin.read',
      summary: 'Show a plugin: what it may do, what it needs, why it does not run',
      params,
      reply: pluginSchema,
      handler: ({ em, params: { id } }) => manager.get(em, id),
    }),
    route({
      method: 'POST',
      path: '/plugins',
      permission: 'plugin.write',
      summary: 'Load a plugin from a folder of this server',
      description:
        'Nobody has vouched for such a plugin: it runs with the rights of the panel itself. Its host driver must still be approved by root.',
      stepUp: true,
      preview: false,
      body: z.strictObject({ path: z.string().min(2).max(1024) }),
      reply: z.strictObject({ id: z.string(), restarting: z.boolean() }),
      status: 202,
      handler: async ({ em, body, audit }) => {
        const id = await manager.addByPath(em, body.path);
        audit({ object: `plugin/${id}`, summary: `loaded from ${body.path}` });
        return { id, restarting: true };
      },
    }),
    route({
      method: 'POST',
      path: '/plugins/{id}/enable',
      permission: 'plugin.write',
      summary: 'Enable a plugin; missing system packages are installed first, as a job',
      stepUp: true,
      preview: false,
      params,
      reply: accepted,
      status: 202,
      handler: async ({ em, params: { id }, audit, startJob }) => {
        audit({ object: `plugin/${id}` });
        if ((await manager.missingPackages(id)).length > 0) {
          const { jobId } = await startJob('plugin.install', { id }, { key: `plugin/${id}` });
          return { plugin: await manager.get(em, id), jobId, restarting: false };
        }
        await manager.enable(em, id);
        return { plugin: await manager.get(em, id), jobId: null, restarting: true };
      },
    }),
    route({
      method: 'POST',
      path: '/plugins/{id}/install',
      permission: 'plugin.write',
      summary: 'Install the system packages of a plugin and enable it, as a job',
      stepUp: true,
      preview: false,
      params,
      reply: accepted,
      status: 202,
      handler: async ({ em, params: { id }, audit, startJob }) => {
        audit({ object: `plugin/${id}` });
        const plugin = await manager.get(em, id);
        const { jobId } = await startJob('plugin.install', { id }, { key: `plugin/${id}` });
        return { plugin, jobId, restarting: false };
      },
    }),
    route({
      method: 'POST',
      path: '/plugins/{id}/disable',
      permission: 'plugin.write',
      summary: 'Disable a plugin; its data stays',
      stepUp: true,
      preview: false,
      params,
      body: z.strictObject({ withDependants: z.boolean().default(false) }).default({ withDependants: false }),
      reply: z.strictObject({ disabled: z.array(z.string()), restarting: z.boolean() }),
      status: 202,
      handler: async ({ em, params: { id }, body, audit }) => {
        const disabled = await manager.disable(em, id, body.withDependants);
        audit({ object: `plugin/${id}`, details: { disabled } });
        return { disabled, restarting: true };
      },
    }),
    route({
      method: 'POST',
      path: '/plugins/{id}/uninstall',
      permission: 'plugin.write',
      summary: 'Uninstall a plugin and keep or erase its data',
      stepUp: true,
      preview: false,
      params,
      body: z.strictObject({ data: z.enum(['keep', 'purge']) }),
      reply: z.strictObject({ restarting: z.boolean() }),
      status: 202,
      handler: async ({ em, params: { id }, body, audit }) => {
        await manager.uninstall(em, id, body.data);
        audit({ object: `plugin/${id}`, summary: body.data });
        return { restarting: true };
      },
    }),
  ];
}
