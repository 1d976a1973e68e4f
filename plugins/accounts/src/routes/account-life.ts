import {
  Conflict,
  FieldError,
  idParam,
  lineOfText,
  NotFound,
  z,
  type EntityManager,
  type RouteContext,
} from '@tenpanel/sdk';
import type { Account } from '../entities/account.js';
import { resellerEntity } from '../entities/reseller.js';
import { assertWithinAllowance, lockAllowance } from '../services/allowance.js';
import { applyPlan } from '../services/apply-plan.js';
import { assertMayDelete } from '../services/bulk-cap.js';
import { assertNotPurged, deleteAccount, purgeAccount, restoreAccount } from '../services/delete-account.js';
import { planFor } from '../services/plan-fit.js';
import type { Room } from '../services/room.js';
import { resumeAccount, suspendAccount } from '../services/suspend-account.js';
import { transferAccount } from '../services/transfer-account.js';
import { accountView, viewAccount, type AccountView } from '../views/account-view.js';
import { accountForChange, accountOf } from './account-of.js';
import { workOf } from './work-of.js';

const params = z.strictObject({ id: idParam });
const reason = lineOfText(500).pipe(z.string().min(1, 'Say why; the reason is kept and shown.'));

/** Plan, suspension, deletion and owner, each by its own route. */
export function accountLifeRoutes(room: Room): void {
  const { kit } = room;
  const accepted = (ctx: RouteContext, row: Account, summary: string) => {
    ctx.audit({ object: `account/${row.id}`, summary });
    return ctx.accepted({ kind: 'account', id: row.id }, async (em: EntityManager): Promise<AccountView> =>
      viewAccount(await accountOf(em, row.id)),
    );
  };
  const live = async (ctx: RouteContext, id: number): Promise<Account> => {
    const row = await accountForChange(ctx.em, id);
    assertNotPurged(row);
    return row;
  };

  kit.route({
    method: 'POST',
    path: '/accounts/{id}/change-plan',
    permission: 'account.write',
    summary: 'Give an account another plan',
    tags: ['accounts'],
    command: { noun: 'accounts', verb: 'change-plan' },
    params,
    body: z.strictObject({ plan: idParam }),
    reply: accountView,
    status: 202,
    async handler(ctx) {
      // The allowance is locked before any account, here as everywhere, so that nobody waits in a circle.
      const { resellerTenantId } = await accountOf(ctx.em, ctx.params.id);
      const reseller = resellerTenantId
        ? await ctx.em.findOne(resellerEntity, { tenantId: resellerTenantId })
        : null;
      if (reseller) await lockAllowance(ctx.em, reseller.tenantId);
      const row = await live(ctx, ctx.params.id);
      if (row.resellerTenantId !== resellerTenantId)
        throw new Conflict('account.moved', `${row.name} was transferred at this very moment. Try again.`, {
          name: row.name,
        });
      const owner = await room.identity.tenant(ctx.em, row.tenantId);
      if (!owner) throw new NotFound('account');
      const plan = await planFor(room, ctx.em, ctx.body.plan, owner);
      await applyPlan(workOf(ctx), row, plan);
      if (reseller) await assertWithinAllowance(ctx.em, kit.limits.all(), reseller);
      return accepted(ctx, row, `plan ${plan.name}`);
    },
  });

  kit.route({
    method: 'POST',
    path: '/accounts/{id}/suspend',
    permission: 'account.suspend',
    summary: 'Suspend an account: sites answer a notice, log-ins end, data stays',
    tags: ['accounts'],
    command: { noun: 'accounts', verb: 'suspend' },
    params,
    body: z.strictObject({ reason }),
    reply: accountView,
    status: 202,
    async handler(ctx) {
      const row = await live(ctx, ctx.params.id);
      await suspendAccount(room, workOf(ctx), row, ctx.body.reason);
      return accepted(ctx, row, ctx.body.reason);
    },
  });

  kit.route({
    method: 'POST',
    path: '/accounts/{id}/resume',
    permission: 'account.suspend',
    summary: 'End the suspension of an account',
    tags: ['accounts'],
    command: { noun: 'accounts', verb: 'resume' },
    params,
    reply: accountView,
    status: 202,
    async handler(ctx) {
      const row = await live(ctx, ctx.params.id);
      await resumeAccount(room, workOf(ctx), row);
      return accepted(ctx, row, 'resumed');
    },
  });

  kit.route({
    method: 'DELETE',
    path: '/accounts/{id}',
    permission: 'account.delete',
    summary: 'Delete an account; it can be restored until its grace days are over',
    tags: ['accounts'],
    params,
    query: z.strictObject({
      reason: reason.default('deleted'),
      confirmBulk: z
        .stringbool()
        .default(false)
        .meta({ type: 'boolean', description: 'Administrators only: go on above the hourly cap' }),
    }),
    reply: accountView,
    status: 202,
    async handler(ctx) {
      const row = await live(ctx, ctx.params.id);
      if (!row.spec.deleted) await assertMayDelete(ctx.em, ctx.actor, ctx.now, ctx.query.confirmBulk);
      await deleteAccount(room, workOf(ctx), row, ctx.query.reason);
      return accepted(ctx, row, ctx.query.reason);
    },
  });

  kit.route({
    method: 'POST',
    path: '/accounts/{id}/restore',
    permission: 'account.delete',
    summary: 'Undo the deletion of an account within its grace days',
    tags: ['accounts'],
    command: { noun: 'accounts', verb: 'restore' },
    params,
    reply: accountView,
    status: 202,
    async handler(ctx) {
      const row = await live(ctx, ctx.params.id);
      await restoreAccount(room, workOf(ctx), row);
      return accepted(ctx, row, 'restored');
    },
  });

  kit.route({
    method: 'POST',
    path: '/accounts/{id}/purge',
    permission: 'account.purge',
    summary: 'Remove an account and all its data now, for good',
    tags: ['accounts'],
    command: { noun: 'accounts', verb: 'purge' },
    stepUp: true,
    params,
    body: z.strictObject({
      confirm: z.string().max(32).meta({ description: 'The name of the account' }),
      confirmBulk: z.boolean().default(false),
    }),
    reply: accountView,
    status: 202,
    async handler(ctx) {
      const row = await accountForChange(ctx.em, ctx.params.id);
      if (ctx.body.confirm !== row.name) {
        throw new FieldError(
          ['confirm'],
          'account.confirmName',
          `Write the name of the account, ${row.name}, to remove it for good.`,
          { name: row.name },
        );
      }
      if (!row.spec.deleted) await assertMayDelete(ctx.em, ctx.actor, ctx.now, ctx.body.confirmBulk);
      await purgeAccount(room, workOf(ctx), row);
      ctx.audit({ object: `account/${row.id}`, summary: `purge ${row.name}` });
      return ctx.reply(202, viewAccount(row));
    },
  });

  kit.route({
    method: 'POST',
    path: '/accounts/{id}/transfer',
    permission: 'account.transfer',
    summary: 'Give an account to another owner or reseller',
    description:
      'To a client: this account. To a reseller: the client moves there, with its users and all its accounts.',
    tags: ['accounts'],
    command: { noun: 'accounts', verb: 'transfer' },
    params,
    body: z.strictObject({
      tenantId: idParam,
      plan: idParam
        .optional()
        .meta({ description: 'Needed when the present plan belongs to the former reseller' }),
    }),
    reply: z.strictObject({ moved: z.array(accountView) }),
    async handler(ctx) {
      const row = await accountOf(ctx.em, ctx.params.id);
      assertNotPurged(row);
      const moved = await transferAccount(room, workOf(ctx), row, ctx.body.tenantId, ctx.body.plan);
      ctx.audit({
        object: `account/${row.id}`,
        summary: `to tenant ${ctx.body.tenantId}`,
        details: { accounts: moved.map((each) => each.name) },
      });
      return { moved: moved.map(viewAccount) };
    },
  });
}
