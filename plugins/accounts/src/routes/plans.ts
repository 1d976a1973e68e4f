import {
  Conflict,
  idParam,
  lineOfText,
  NotFound,
  pageOf,
  pageQuery,
  quantity,
  query,
  z,
  type EntityManager,
} from '@tenpanel/sdk';
import { planEntity, type Plan } from '../entities/plan.js';
import { checkLimitValues, withDefaults } from '../services/limit-values.js';
import type { Room } from '../services/room.js';
import { unique } from '../services/unique.js';
import { planView, viewPlan } from '../views/plan-view.js';

const name = lineOfText(80).pipe(z.string().min(1, 'Give the plan a name.'));
export const limitValues = z.record(z.string().max(64), quantity).meta({
  description:
    'Limit and value, for example memory=512M or disk=unlimited; tenpanel limits list shows them all',
});
const params = z.strictObject({ id: idParam });

export async function planOf(em: EntityManager, id: number): Promise<Plan> {
  const row = await em.findOne(planEntity, { id });
  if (!row) throw new NotFound('plan');
  return row;
}

/** How many accounts use each of the plans. */
export async function usedBy(em: EntityManager, planIds: readonly number[]): Promise<Map<number, number>> {
  if (planIds.length === 0) return new Map();
  await em.flush();
  const rows = await query<{ id: number; accounts: string }>(
    em,
    `select plan_id as id, count(*)::text as accounts from plg_accounts.account
      where plan_id in (${planIds.map(() => '?').join(', ')}) group by plan_id`,
    planIds,
  );
  return new Map(rows.map((row) => [row.id, Number(row.accounts)]));
}

/** Write a plan and turn a second one of the same name into a plain answer. */
export function saved<T>(planName: string, work: () => Promise<T>): Promise<T> {
  return unique(
    'plan_tenant_id_name_key',
    () =>
      new Conflict('plan.nameTaken', `There is a plan named ${planName} already.`, { name: planName }, [
        'name',
      ]),
    work,
  );
}

/** Reading, making, copying and deleting plans. Changing one is in `change-plan-limits.ts`. */
export function planRoutes(room: Room): void {
  const { kit } = room;
  const view = async (em: EntityManager, row: Plan) =>
    viewPlan(row, (await usedBy(em, [row.id])).get(row.id) ?? 0, kit.limits.all());
  const create = async (
    em: EntityManager,
    values: Pick<Plan, 'tenantId' | 'name' | 'description' | 'limits'>,
    now: number,
  ) =>
    saved(values.name, async () => {
      const row = em.create(planEntity, { ...values, createdAt: new Date(now), updatedAt: new Date(now) });
      await em.flush();
      return row;
    });

  kit.route({
    method: 'GET',
    path: '/plan-limits',
    permission: 'plan.read',
    summary: 'List what a plan can limit',
    tags: ['plans'],
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          key: z.string(),
          title: z.string(),
          unit: z.string(),
          default: z.number().nullable(),
          min: z.number().nullable(),
          max: z.number().nullable(),
        }),
      ),
    }),
    async handler() {
      return {
        items: kit.limits.all().map((spec) => ({
          key: spec.key,
          title: spec.title,
          unit: spec.unit,
          default: spec.default,
          min: spec.min ?? null,
          max: spec.max ?? null,
        })),
      };
    },
  });

  kit.route({
    method: 'GET',
    path: '/plans',
    permission: 'plan.read',
    summary: 'List plans',
    tags: ['plans'],
    query: z.strictObject({ ...pageQuery, name: z.string().max(80).optional() }),
    reply: pageOf(planView),
    async handler(ctx) {
      const page = await ctx.page<Plan, Plan>(
        planEntity,
        ctx.query.name === undefined ? {} : { name: ctx.query.name },
        {
          query: ctx.query,
          sortable: ['id', 'name', 'createdAt'],
          map: (row) => row,
        },
      );
      const counts = await usedBy(
        ctx.em,
        page.items.map((row) => row.id),
      );
      return {
        ...page,
        items: page.items.map((row) => viewPlan(row, counts.get(row.id) ?? 0, kit.limits.all())),
      };
    },
  });

  kit.route({
    method: 'GET',
    path: '/plans/{id}',
    permission: 'plan.read',
    summary: 'Show a plan',
    tags: ['plans'],
    params,
    reply: planView,
    handler: async (ctx) => view(ctx.em, await planOf(ctx.em, ctx.params.id)),
  });

  kit.route({
    method: 'POST',
    path: '/plans',
    permission: 'plan.write',
    summary: 'Create a plan',
    tags: ['plans'],
    body: z.strictObject({ name, description: lineOfText(500).default(''), limits: limitValues.default({}) }),
    reply: planView,
    status: 201,
    async handler(ctx) {
      checkLimitValues(kit.limits.all(), ctx.body.limits, 'limits');
      const { name: planName, description, limits } = ctx.body;
      const row = await create(
        ctx.em,
        {
          tenantId: ctx.actor.tenantId,
          name: planName,
          description,
          limits: withDefaults(kit.limits.all(), limits),
        },
        ctx.now,
      );
      ctx.audit({ object: `plan/${row.id}`, summary: planName });
      return ctx.reply(201, viewPlan(row, 0, kit.limits.all()));
    },
  });

  kit.route({
    method: 'POST',
    path: '/plans/{id}/clone',
    permission: 'plan.write',
    summary: 'Copy a plan under another name',
    tags: ['plans'],
    command: { noun: 'plans', verb: 'clone' },
    params,
    body: z.strictObject({ name }),
    reply: planView,
    status: 201,
    async handler(ctx) {
      const { description, limits } = await planOf(ctx.em, ctx.params.id);
      const row = await create(
        ctx.em,
        { tenantId: ctx.actor.tenantId, name: ctx.body.name, description, limits: { ...limits } },
        ctx.now,
      );
      ctx.audit({ object: `plan/${row.id}`, summary: `copy of plan ${ctx.params.id}` });
      return ctx.reply(201, viewPlan(row, 0, kit.limits.all()));
    },
  });

  kit.route({
    method: 'DELETE',
    path: '/plans/{id}',
    permission: 'plan.write',
    summary: 'Delete a plan that no account uses',
    tags: ['plans'],
    params,
    status: 204,
    async handler(ctx) {
      const row = await planOf(ctx.em, ctx.params.id);
      const accounts = (await usedBy(ctx.em, [row.id])).get(row.id) ?? 0;
      if (accounts > 0) {
        throw new Conflict(
          'plan.inUse',
          `${accounts} accounts use the plan ${row.name}. Give them another one first.`,
          { accounts, name: row.name },
        );
      }
      ctx.em.remove(row);
      await ctx.em.flush();
      ctx.audit({ object: `plan/${row.id}`, summary: row.name });
      return ctx.reply<undefined>(204);
    },
  });
}
