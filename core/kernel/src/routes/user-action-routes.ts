import { Conflict, idParam, PanelError, query, z, type RouteSpec } from '@tenpanel/sdk';
import { generatePassword } from '../auth/generate-password.js';
import { hashPassword } from '../auth/passwords.js';
import { newPassword } from '../auth/password-schema.js';
import { openSession } from '../auth/sessions.js';
import type { Kernel } from '../contracts.js';
import { httpOf } from '../http/http-access.js';
import { permissionsOf } from '../rbac/permissions-of.js';
import { setUserDisabled } from '../users/create-identity.js';
import { keepAnAdministrator } from '../users/keep-an-administrator.js';
import { assertManageable } from '../users/manageable.js';
import { permissionList, scopeSchema, showUser, userReply } from '../users/user-reply.js';
import { voidAccess } from '../users/void-access.js';
import { defineRoute } from './define-route.js';
import { sessionAnswer, sessionReply } from './session-reply.js';
import { findUser } from './user-routes.js';

const params = z.strictObject({ id: idParam });

/** What is done to a user beside changing fields; each has an address of its own. */
export function userActionRoutes(kernel: Kernel): RouteSpec[] {
  const switchRoute = (verb: 'disable' | 'enable'): RouteSpec =>
    defineRoute({
      method: 'POST',
      path: `/users/{id}/${verb}`,
      permission: 'user.write',
      summary: verb === 'disable' ? 'Lock a user out; sessions end at once' : 'Let a user sign in again',
      preview: false,
      params,
      reply: userReply,
      handler: async (ctx) => {
        const user = await findUser(ctx.em, ctx.params.id);
        assertManageable(kernel.registry, ctx.actor, user as never);
        if (user.id === ctx.actor.userId)
          throw new Conflict('user.yourself', 'You cannot lock yourself out.');
        await setUserDisabled(ctx.em, user.id, verb === 'disable', ctx.now);
        ctx.audit({ object: `user/${user.id}` });
        return showUser(user);
      },
    });

  return [
    switchRoute('disable'),
    switchRoute('enable'),
    defineRoute({
      method: 'PUT',
      path: '/users/{id}/permissions',
      permission: 'user.write',
      summary: 'Set what a user may do, and to which objects that is limited',
      stepUp: true,
      preview: false,
      command: { noun: 'users', verb: 'set-permissions' },
      params,
      body: z.strictObject({
        permissions: permissionList.nullable(),
        scope: scopeSchema.nullable().default(null),
      }),
      reply: userReply,
      handler: async (ctx) => {
        const user = await findUser(ctx.em, ctx.params.id);
        const { permissions, scope } = ctx.body;
        assertManageable(kernel.registry, ctx.actor, user as never);
        assertManageable(kernel.registry, ctx.actor, {
          tenantId: user.tenantId,
          role: user.role,
          permissions,
        });
        if (user.id === ctx.actor.userId)
          throw new Conflict('user.yourself', 'Somebody else has to change what you may do.');
        const known = permissionsOf(kernel.registry, user.role, null);
        const unknown = permissions?.findIndex((permission) => !known.has(permission)) ?? -1;
        if (unknown >= 0) {
          throw new PanelError(
            'user.noPermission',
            422,
            `The role ${user.role} has no permission ${permissions?.[unknown] ?? ''}.`,
            {},
            ['permissions', unknown],
          );
        }
        if (permissions !== null || scope !== null) await keepAnAdministrator(ctx.em, user);
        user.permissions = permissions;
        user.scope = scope;
        await ctx.em.flush();
        await voidAccess(ctx.em, user.id, ctx.now);
        ctx.audit({ object: `user/${user.id}`, details: { permissions, scope } });
        return showUser(user);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/users/{id}/reset-password',
      permission: 'user.write',
      summary: 'Give a user a new password; their sessions end',
      stepUp: true,
      preview: false,
      params,
      body: z.strictObject({
        password: newPassword.optional(),
        removeTotp: z.boolean().default(false).meta({ description: 'Also switch the second factor off.' }),
      }),
      reply: z.strictObject({ generatedPassword: z.string().nullable() }),
      handler: async (ctx) => {
        const user = await findUser(ctx.em, ctx.params.id);
        assertManageable(kernel.registry, ctx.actor, user as never);
        const generatedPassword = ctx.body.password === undefined ? generatePassword() : null;
        user.passwordHash = await hashPassword(ctx.body.password ?? generatedPassword ?? '');
        if (ctx.body.removeTotp) {
          user.totpSecret = null;
          user.totpConfirmedAt = null;
          await query(ctx.em, 'delete from kernel.backup_codes where user_id = ?', [user.id]);
        }
        await ctx.em.flush();
        await voidAccess(ctx.em, user.id, ctx.now);
        ctx.audit({ object: `user/${user.id}`, details: { removeTotp: ctx.body.removeTotp } });
        return { generatedPassword };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/users/{id}/login-as',
      permission: 'user.impersonate',
      summary: 'Sign in as a customer, for an hour; the audit log names both',
      stepUp: true,
      preview: false,
      command: false,
      params,
      body: z.strictObject({}),
      reply: sessionReply,
      handler: async (ctx) => {
        const { actor } = ctx;
        if (actor.kind !== 'user' || actor.onBehalfOf || actor.userId === null) {
          throw new PanelError(
            'auth.notYourself',
            403,
            'Only a person who signed in themselves can do this.',
          );
        }
        const user = await findUser(ctx.em, ctx.params.id);
        assertManageable(kernel.registry, actor, user as never);
        if (user.tenantId === actor.tenantId) {
          throw new PanelError(
            'user.notBelow',
            403,
            'You can sign in as users of your customers, not of your own organisation.',
          );
        }
        if (user.disabledAt) throw new Conflict('user.disabled', 'This user is locked. Enable them first.');
        const [me] = await query<{ token_version: number }>(
          ctx.em,
          'select token_version from kernel.users where id = ?',
          [actor.userId],
        );
        const http = httpOf(ctx);
        const session = await openSession(ctx.em as never, {
          user,
          address: http.address,
          userAgent: http.userAgent,
          onBehalfOf: { userId: actor.userId, name: actor.name, version: me?.token_version ?? 0 },
          now: ctx.now,
        });
        ctx.audit({ object: `user/${user.id}`, details: { as: user.email } });
        const { body } = sessionAnswer(kernel, session, user.tokenVersion, false);
        return ctx.reply(200, body);
      },
    }),
  ];
}
