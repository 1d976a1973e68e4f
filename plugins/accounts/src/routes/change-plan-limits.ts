import {
  FieldError,
  idParam,
  lineOfText,
  query,
  z,
  type EntityManager,
  type RouteContext,
} from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import type { LimitValues, Plan } from '../entities/plan.js';
import { BATCH, applyPlanBatch, assertPlanSellable } from '../services/apply-plan.js';
import { changedLimits, checkLimitValues, withDefaults } from '../services/limit-values.js';
import type { Room } from '../services/room.js';
import { limitUse } from '../services/usage.js';
import { planView, viewPlan } from '../views/plan-view.js';
import { limitValues, planOf, saved, usedBy } from './plans.js';
import { workOf } from './work-of.js';

const SHOWN = 100;
const params = z.strictObject({ id: idParam });
const change = z.strictObject({ key: z.string(), from: z.number().nullable(), to: z.number().nullable() });

export const planApplyJob = 'accounts.applyPlan';

/** Changing a plan reaches its accounts: at once when they are few, else as a job. */
export function changePlanRoutes(room: Room): void {
  const { kit } = room;

  kit.job({
    name: planApplyJob,
    title: 'Bring the changed plan to its accounts',
    input: z.strictObject({ planId: z.number().int() }),
    async run({ planId }, ctx) {
      let afterId: number | null = 0;
      let batches = 0;
      while (afterId !== null) {
        ctx.signal.throwIfAborted();
        const from: number = afterId;
        afterId = await ctx.transaction((em, desired, hooks) =>
          applyPlanBatch({ em, desired, hooks, by: 'system', now: kit.now() }, planId, from),
        );
        batches += 1;
        await ctx.progress(null, `${batches * BATCH} accounts looked at`);
      }
      return { batches };
    },
  });

  kit.route({
    method: 'POST',
    path: '/plans/{id}/impact',
    permission: 'plan.read',
    summary: 'Show whom a change of limits would reach, without changing anything',
    tags: ['plans'],
    preview: false,
    command: { noun: 'plans', verb: 'impact' },
    params,
    body: z.strictObject({ limits: limitValues }),
    reply: z.strictObject({
      changes: z.array(change),
      total: z.number().int(),
      accounts: z.array(
        z.strictObject({
          id: z.number().int(),
          name: z.string(),
          over: z.array(z.strictObject({ key: z.string(), used: z.number(), to: z.number() })),
        }),
      ),
    }),
    async handler(ctx) {
      const plan = await planOf(ctx.em, ctx.params.id);
      checkLimitValues(kit.limits.all(), ctx.body.limits, 'limits');
      const changes = changedLimits(
        withDefaults(kit.limits.all(), plan.limits),
        withDefaults(kit.limits.all(), { ...plan.limits, ...ctx.body.limits }),
      );
      const total = await ctx.em.count(accountEntity, { planId: plan.id, deletedAt: null });
      const rows = (await ctx.em.find(
        accountEntity,
        { planId: plan.id, deletedAt: null },
        { orderBy: { id: 'asc' }, limit: SHOWN },
      )) as Account[];
      const accounts = [];
      for (const row of rows)
        accounts.push({
          id: row.id,
          name: row.name,
          over: changes.length === 0 ? [] : await overBy(room, ctx, row, changes),
        });
      return { changes, total, accounts };
    },
  });

  kit.route({
    method: 'PATCH',
    path: '/plans/{id}',
    permission: 'plan.write',
    summary: 'Change a plan, and with it the limits of its accounts',
    description:
      'Limits that are not named stay as they are. With more than 25 accounts the rest is a job, whose id is answered.',
    tags: ['plans'],
    params,
    body: z.strictObject({
      name: lineOfText(80).pipe(z.string().min(1, 'Give the plan a name.')).optional(),
      description: lineOfText(500).optional(),
      limits: limitValues.optional(),
    }),
    reply: z.strictObject({ ...planView.shape, jobId: z.string().nullable() }),
    async handler(ctx) {
      const plan = await planForChange(ctx.em, ctx.params.id);
      const { name, description, limits } = ctx.body;
      if (name === undefined && description === undefined && limits === undefined) {
        throw new FieldError([], 'plan.nothing', 'Say what to change: name, description or limits.');
      }
      checkLimitValues(kit.limits.all(), limits ?? {}, 'limits');
      await saved(name ?? plan.name, async () => {
        writePlan(
          plan,
          { name, description, limits: withDefaults(kit.limits.all(), { ...plan.limits, ...limits }) },
          ctx.now,
        );
        await ctx.em.flush();
      });
      await assertPlanSellable(room, ctx.em, plan.id);
      const rest = await applyPlanBatch(workOf(ctx), plan.id, 0);
      const jobId =
        rest === null
          ? null
          : (await ctx.startJob(planApplyJob, { planId: plan.id }, { key: `plan/${plan.id}` })).jobId;
      ctx.audit({ object: `plan/${plan.id}`, summary: plan.name, details: { limits: limits ?? null } });
      const accounts = (await usedBy(ctx.em, [plan.id])).get(plan.id) ?? 0;
      return { ...viewPlan(plan, accounts, kit.limits.all()), jobId };
    },
  });
}

/**
 * Two changes of one plan pass one by one, each from what the other left. Not by a lock on the row: an account that is
 * being made refers to it, and must not wait here while it holds what this request waits for.
 */
async function planForChange(em: EntityManager, id: number): Promise<Plan> {
  await query(em, "select pg_advisory_xact_lock(hashtext('tenpanel.plan'), ?)", [id]);
  return planOf(em, id);
}

function writePlan(
  plan: Plan,
  values: { name: string | undefined; description: string | undefined; limits: LimitValues },
  now: number,
): void {
  if (values.name !== undefined) plan.name = values.name;
  if (values.description !== undefined) plan.description = values.description;
  plan.limits = values.limits;
  plan.updatedAt = new Date(now);
}

/** What the account uses beyond the new limits. Nothing is taken away from it; it only cannot grow. */
async function overBy(
  room: Room,
  ctx: Pick<RouteContext, 'em'>,
  row: Account,
  changes: { key: string; to: number | null }[],
): Promise<{ key: string; used: number; to: number }[]> {
  const uses = await limitUse(room, ctx.em, row, new Set(changes.map((each) => each.key)));
  return changes.flatMap(({ key, to }) => {
    const used = uses.find((use) => use.key === key)?.used ?? null;
    return to !== null && used !== null && used > to ? [{ key, used, to }] : [];
  });
}
