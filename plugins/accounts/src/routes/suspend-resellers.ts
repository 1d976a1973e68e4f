import { idParam, lineOfText, z, type RouteContext } from '@tenpanel/sdk';
import type { Reseller } from '../entities/reseller.js';
import type { Room } from '../services/room.js';
import { followReseller } from '../services/suspend-reseller.js';
import { resellerView, viewReseller } from '../views/reseller-view.js';
import { resellerBelow } from './reseller-of.js';
import { workOf } from './work-of.js';

const params = z.strictObject({ id: idParam });
const reply = z.strictObject({ ...resellerView.shape, jobId: z.string().nullable() });

export const followResellerJob = 'accounts.followReseller';

/** A suspended reseller cannot sign in; its accounts go on unless they are asked to stop too. */
export function suspendResellerRoutes(room: Room): void {
  const { kit, identity } = room;

  kit.job({
    name: followResellerJob,
    title: 'Suspend or resume the accounts of a reseller',
    input: z.strictObject({ tenantId: z.number().int() }),
    async run({ tenantId }, ctx) {
      let afterId: number | null = 0;
      while (afterId !== null) {
        ctx.signal.throwIfAborted();
        const from: number = afterId;
        afterId = await ctx.transaction((em, desired, hooks) =>
          followReseller(room, { em, desired, hooks, by: 'system', now: kit.now() }, tenantId, from),
        );
      }
    },
  });

  const follow = async (ctx: RouteContext, row: Reseller): Promise<string | null> => {
    const rest = await followReseller(room, workOf(ctx), row.tenantId, 0);
    if (rest === null) return null;
    return (
      await ctx.startJob(followResellerJob, { tenantId: row.tenantId }, { key: `reseller/${row.tenantId}` })
    ).jobId;
  };

  const answer = async (ctx: RouteContext, row: Reseller, jobId: string | null) => {
    const tenant = await identity.tenant(ctx.em, row.tenantId);
    return { ...viewReseller(row, tenant ?? undefined), jobId };
  };

  kit.route({
    method: 'POST',
    path: '/resellers/{id}/suspend',
    permission: 'reseller.write',
    summary: 'Suspend a reseller, and its accounts when asked to',
    tags: ['resellers'],
    command: { noun: 'resellers', verb: 'suspend' },
    params,
    body: z.strictObject({
      reason: lineOfText(500).pipe(z.string().min(1, 'Say why.')),
      accounts: z.boolean().default(false),
    }),
    reply,
    async handler(ctx) {
      const row = await resellerBelow(ctx.em, ctx.actor, ctx.params.id);
      const since = row.suspended?.since ?? new Date(ctx.now).toISOString();
      row.suspended = { reason: ctx.body.reason, since, by: ctx.actor.name };
      row.updatedAt = new Date(ctx.now);
      await ctx.em.flush();
      await identity.setTenantSuspended(ctx.em, row.tenantId, true);
      ctx.audit({
        object: `reseller/${row.tenantId}`,
        summary: ctx.body.reason,
        details: { accounts: ctx.body.accounts },
      });
      return answer(ctx, row, ctx.body.accounts ? await follow(ctx, row) : null);
    },
  });

  kit.route({
    method: 'POST',
    path: '/resellers/{id}/resume',
    permission: 'reseller.write',
    summary: 'Resume a reseller, with the accounts that were suspended with it',
    tags: ['resellers'],
    command: { noun: 'resellers', verb: 'resume' },
    params,
    reply,
    async handler(ctx) {
      const row = await resellerBelow(ctx.em, ctx.actor, ctx.params.id);
      row.suspended = null;
      row.updatedAt = new Date(ctx.now);
      await ctx.em.flush();
      await identity.setTenantSuspended(ctx.em, row.tenantId, false);
      ctx.audit({ object: `reseller/${row.tenantId}` });
      return answer(ctx, row, await follow(ctx, row));
    },
  });
}
