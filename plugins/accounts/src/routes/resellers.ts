import {
  FieldError,
  idParam,
  lineOfText,
  NotFound,
  oneForChange,
  pageOf,
  pageQuery,
  z,
  type EntityManager,
} from '@tenpanel/sdk';
import { resellerEntity, type Reseller } from '../entities/reseller.js';
import { assertWithinAllowance, lockAllowance, resellerOf, soldBy } from '../services/allowance.js';
import { allowanceOnlyKeys, checkLimitValues } from '../services/limit-values.js';
import type { Room } from '../services/room.js';
import { resellerDetails, resellerView, viewReseller, type ResellerView } from '../views/reseller-view.js';
import { limitValues } from './plans.js';
import { resellerBelow, resellerOfId } from './reseller-of.js';

const params = z.strictObject({ id: idParam });
const name = lineOfText(120).pipe(z.string().min(1, 'Give the reseller a name.'));
const oversell = z
  .array(z.string().max(64))
  .max(100)
  .meta({ description: 'Keys that may be sold more often than they exist' });

/** Making, reading and changing resellers. Suspending is in `suspend-resellers.ts`. */
export function resellerRoutes(room: Room): void {
  const { kit, identity } = room;
  const specs = () => [...allowanceOnlyKeys, ...kit.limits.all()];

  const check = (allowance: Record<string, number | null>, keys: readonly string[]): void => {
    checkLimitValues(specs(), allowance, 'allowance');
    keys.forEach((key, index) => {
      if (!specs().some((spec) => spec.key === key))
        throw new FieldError(['oversell', index], 'plan.unknownLimit', `No plugin knows the limit ${key}.`, {
          key,
        });
    });
  };

  /** What this one gets must be there above it. */
  const assertAbove = async (em: EntityManager, parentTenantId: number | null): Promise<void> => {
    if (parentTenantId === null) return;
    // Invisible when it lies above the caller, who then only divides what is its own.
    const parent = await em.findOne(resellerEntity, { tenantId: parentTenantId });
    if (parent) await assertWithinAllowance(em, kit.limits.all(), parent);
  };

  const details = async (em: EntityManager, row: Reseller) => {
    const tenant = await identity.tenant(em, row.tenantId);
    const sold = await soldBy(em, row.tenantId);
    return {
      ...viewReseller(row, tenant ?? undefined),
      sold: Object.fromEntries([...sold].map(([key, { sum }]) => [key, sum])),
    };
  };

  kit.route({
    method: 'GET',
    path: '/resellers',
    permission: 'reseller.read',
    summary: 'List resellers',
    tags: ['resellers'],
    query: z.strictObject({ ...pageQuery }),
    reply: pageOf(resellerView),
    async handler(ctx) {
      const page = await ctx.page<Reseller, Reseller>(
        resellerEntity,
        {},
        { query: ctx.query, sortable: ['id', 'createdAt'], map: (row) => row },
      );
      const tenants = await identity.tenants(
        ctx.em,
        page.items.map((row) => row.tenantId),
      );
      return {
        ...page,
        items: page.items.map((row): ResellerView => viewReseller(row, tenants.get(row.tenantId))),
      };
    },
  });

  kit.route({
    method: 'GET',
    path: '/resellers/{id}',
    permission: 'reseller.read',
    summary: 'Show a reseller with its allowance and what it has sold',
    tags: ['resellers'],
    params,
    reply: resellerDetails,
    handler: async (ctx) => details(ctx.em, await resellerOfId(ctx.em, ctx.params.id)),
  });

  kit.route({
    method: 'POST',
    path: '/resellers',
    permission: 'reseller.write',
    summary: 'Create a reseller with its first user',
    description: 'Without a password one is generated and shown this once.',
    tags: ['resellers'],
    body: z.strictObject({
      name,
      email: z.email().max(254),
      userName: lineOfText(120).optional(),
      password: z.string().min(12).max(256).optional(),
      parentTenantId: idParam.optional().meta({ description: 'Tenant above; default your own' }),
      allowance: limitValues.default({}),
      oversell: oversell.default([]),
    }),
    reply: z.strictObject({
      reseller: resellerView,
      user: z.strictObject({ id: z.number().int(), email: z.string() }),
      generatedPassword: z.string().nullable(),
    }),
    status: 201,
    async handler(ctx) {
      const { body, em } = ctx;
      check(body.allowance, body.oversell);
      const above = await identity.tenant(em, body.parentTenantId ?? ctx.actor.tenantId);
      if (!above) throw new NotFound('tenant');
      const parent = await resellerOf(em, above);
      if (parent) await lockAllowance(em, parent.tenantId);
      const tenant = await identity.createTenant(em, {
        parentId: above.id,
        kind: 'reseller',
        name: body.name,
      });
      const { user, generatedPassword } = await identity.createUser(em, {
        tenantId: tenant.id,
        role: 'reseller',
        email: body.email,
        name: body.userName ?? body.name,
        password: body.password,
      });
      const now = new Date(ctx.now);
      const row = em.create(resellerEntity, {
        tenantId: tenant.id,
        parentTenantId: parent?.tenantId ?? null,
        allowance: { resellers: 0, ...body.allowance },
        oversell: body.oversell,
        suspended: null,
        createdAt: now,
        updatedAt: now,
      });
      await em.flush();
      await assertAbove(em, row.parentTenantId ?? null);
      ctx.audit({ object: `reseller/${tenant.id}`, summary: tenant.name });
      return ctx.reply(201, {
        reseller: viewReseller(row, tenant),
        user: { id: user.id, email: user.email },
        generatedPassword,
      });
    },
  });

  kit.route({
    method: 'PATCH',
    path: '/resellers/{id}',
    permission: 'reseller.write',
    summary: "Change a reseller's name, allowance or overselling switches",
    description: 'Keys of the allowance that are not named stay as they are.',
    tags: ['resellers'],
    params,
    body: z.strictObject({
      name: name.optional(),
      allowance: limitValues.optional(),
      oversell: oversell.optional(),
    }),
    reply: resellerDetails,
    async handler(ctx) {
      const { body, em } = ctx;
      const known = await resellerBelow(em, ctx.actor, ctx.params.id);
      check(body.allowance ?? {}, body.oversell ?? []);
      // From the top down, as everywhere: two changes cannot wait for each other.
      if (typeof known.parentTenantId === 'number') await lockAllowance(em, known.parentTenantId);
      const row = await oneForChange<Reseller>(em, resellerEntity, { tenantId: known.tenantId });
      if (!row) throw new NotFound('reseller');
      if (body.name !== undefined) await identity.renameTenant(em, row.tenantId, body.name);
      if (body.allowance) row.allowance = { ...row.allowance, ...body.allowance };
      if (body.oversell) row.oversell = body.oversell;
      row.updatedAt = new Date(ctx.now);
      await em.flush();
      await assertWithinAllowance(em, kit.limits.all(), row);
      await assertAbove(em, row.parentTenantId ?? null);
      ctx.audit({
        object: `reseller/${row.tenantId}`,
        details: { allowance: body.allowance ?? null, oversell: body.oversell ?? null },
      });
      return details(em, row);
    },
  });
}
