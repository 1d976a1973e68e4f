import {
  FieldError,
  NotFound,
  oneForChange,
  pageOf,
  pageQuery,
  quantity,
  z,
  type Actor,
  type EntityManager,
  type PluginKit,
} from '@tenpanel/sdk';
import { sliceEntity, type Slice } from '../entities/slice.js';
import { overridesOf, sliceLimits } from '../services/slice-limits.js';
import { readUsage } from '../services/slice-usage.js';
import { cgroupSupport } from '../services/support.js';
import { sliceDetails, sliceView, viewSlice, viewUsage } from './slice-view.js';

const params = z.strictObject({
  account: z
    .string()
    .regex(/^([a-z][a-z0-9]{1,15}|[1-9][0-9]{0,9})$/, 'Write the name or the id of an account.')
    .meta({ description: 'Name or id of the account' }),
});

/** Sub-users may be limited to some accounts; the path names an account, so this looks by itself. */
function mayTouch(actor: Actor, accountId: number): boolean {
  return actor.scope?.['account']?.includes(accountId) ?? true;
}

async function sliceNamed(em: EntityManager, actor: Actor, account: string): Promise<Slice> {
  const where = /^\d/.test(account) ? { accountId: Number(account) } : { account };
  const row = (await em.findOne(sliceEntity, where)) as Slice | null;
  if (!row || !mayTouch(actor, row.accountId)) throw new NotFound('account');
  return row;
}

async function sliceForChange(em: EntityManager, actor: Actor, account: string): Promise<Slice> {
  const { id } = await sliceNamed(em, actor, account);
  const row = await oneForChange<Slice>(em, sliceEntity, { id });
  if (!row) throw new NotFound('account');
  return row;
}

export function cgroupRoutes(kit: PluginKit): void {
  kit.route({
    method: 'GET',
    path: '/cgroups',
    permission: 'cgroup.read',
    summary: 'List the limits of all accounts',
    tags: ['cgroups'],
    query: z.strictObject({ ...pageQuery }),
    reply: pageOf(sliceView),
    handler: (ctx) => {
      const own = ctx.actor.scope?.['account'];
      return ctx.page<Slice, z.output<typeof sliceView>>(
        sliceEntity,
        own ? { accountId: { $in: [...own] } } : {},
        {
          query: ctx.query,
          sortable: ['id', 'account'],
          map: viewSlice,
        },
      );
    },
  });

  kit.route({
    method: 'GET',
    path: '/cgroup-support',
    permission: 'cgroup.read',
    summary: 'Show whether this server can hold limits',
    tags: ['cgroups'],
    command: { noun: 'cgroups', verb: 'support' },
    reply: z.strictObject({
      supported: z.boolean(),
      controllers: z.array(z.string()),
      missing: z.array(z.string()),
      reason: z.string().nullable(),
    }),
    handler: (ctx) => cgroupSupport(ctx.agent),
  });

  kit.route({
    method: 'GET',
    path: '/cgroups/{account}',
    permission: 'cgroup.read',
    summary: "Show an account's limits, what it uses now, and how often it hit them",
    tags: ['cgroups'],
    command: { noun: 'cgroups', verb: 'show' },
    params,
    reply: sliceDetails,
    async handler(ctx) {
      const row = await sliceNamed(ctx.em, ctx.actor, ctx.params.account);
      const usage = await readUsage(kit, row.account).catch((error: unknown) => ({
        supported: false,
        reason: error instanceof Error ? error.message : 'The agent does not answer.',
      }));
      return { ...viewSlice(row), usage: viewUsage(usage) };
    },
  });

  kit.route({
    method: 'PATCH',
    path: '/cgroups/{account}',
    permission: 'cgroup.write',
    summary: 'Set limits of one account over those of its plan, while it runs',
    description:
      'Sizes may be written as 512M or 2G, CPU as 150%; `unlimited` takes a limit away. What is not named stays.',
    tags: ['cgroups'],
    command: { noun: 'cgroups', verb: 'set' },
    params,
    body: z.strictObject({
      memory: quantity.optional(),
      cpu: quantity.optional(),
      processes: quantity.optional(),
      ioRead: quantity.optional(),
      ioWrite: quantity.optional(),
      ioWeight: quantity.optional(),
    }),
    reply: sliceView,
    status: 202,
    async handler(ctx) {
      const row = await sliceForChange(ctx.em, ctx.actor, ctx.params.account);
      const given = overridesOf(ctx.body);
      if (Object.keys(given).length === 0) {
        throw new FieldError(
          [],
          'cgroups.nothing',
          `Say what to set: ${sliceLimits.map(({ spec }) => spec.key).join(', ')}.`,
        );
      }
      await ctx.desired.update<Slice>('slice', row, {
        ...row.spec,
        overrides: { ...row.spec.overrides, ...given },
      });
      ctx.audit({ object: `slice/${row.id}`, summary: row.account, details: { ...ctx.body } });
      return ctx.accepted({ kind: 'slice', id: row.id }, async (em) =>
        viewSlice(await sliceNamed(em, ctx.actor, String(row.accountId))),
      );
    },
  });

  kit.route({
    method: 'POST',
    path: '/cgroups/{account}/reset',
    permission: 'cgroup.write',
    summary: "Go back to the plan's limits, for all or for the named keys",
    tags: ['cgroups'],
    command: { noun: 'cgroups', verb: 'reset' },
    params,
    body: z.strictObject({
      keys: z
        .array(z.enum(sliceLimits.map(({ spec }) => spec.key)))
        .max(sliceLimits.length)
        .optional(),
    }),
    reply: sliceView,
    status: 202,
    async handler(ctx) {
      const row = await sliceForChange(ctx.em, ctx.actor, ctx.params.account);
      const gone = new Set(
        sliceLimits
          .filter(({ spec }) => ctx.body.keys?.includes(spec.key) ?? true)
          .map(({ field }): string => field),
      );
      const overrides = Object.fromEntries(
        Object.entries(row.spec.overrides).filter(([field]) => !gone.has(field)),
      );
      await ctx.desired.update<Slice>('slice', row, { ...row.spec, overrides });
      ctx.audit({ object: `slice/${row.id}`, summary: row.account });
      return ctx.accepted({ kind: 'slice', id: row.id }, async (em) =>
        viewSlice(await sliceNamed(em, ctx.actor, String(row.accountId))),
      );
    },
  });
}
