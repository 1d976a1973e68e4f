import {
  Conflict,
  idParam,
  lineOfText,
  NotFound,
  pageOf,
  pageQuery,
  PanelError,
  roles,
  z,
  type EntityManager,
  type RouteSpec,
} from '@tenpanel/sdk';
import { newPassword } from '../auth/password-schema.js';
import { UserEntity } from '../auth/user-entity.js';
import type { Kernel } from '../contracts.js';
import { createTenant } from '../tenants/tenants.js';
import { emailAddress } from '../users/email-schema.js';
import { insertUser, refuseTakenEmail } from '../users/insert-user.js';
import { keepAnAdministrator } from '../users/keep-an-administrator.js';
import { assertManageable } from '../users/manageable.js';
import { permissionList, scopeSchema, showUser, userReply, type User } from '../users/user-reply.js';
import { defineRoute } from './define-route.js';

const params = z.strictObject({ id: idParam });

/** Users: the people of the own tenant and of the tenants below. */
export function userRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/users',
      permission: 'user.read',
      summary: 'List users',
      query: z.strictObject({
        ...pageQuery,
        tenantId: z.coerce.number().int().positive().optional(),
        role: z.enum(roles).optional(),
        email: z.string().max(254).optional(),
        disabled: z.enum(['true', 'false']).optional(),
      }),
      reply: pageOf(userReply),
      handler: (ctx) => {
        const { tenantId, role, email, disabled } = ctx.query;
        const where: Record<string, unknown> = {};
        if (tenantId !== undefined) where['tenantId'] = tenantId;
        if (role !== undefined) where['role'] = role;
        if (email !== undefined) where['email'] = email.toLowerCase();
        if (disabled !== undefined) where['disabledAt'] = disabled === 'true' ? { $ne: null } : null;
        return ctx.page<User, z.output<typeof userReply>>(UserEntity, where, {
          query: ctx.query,
          sortable: ['email', 'name', 'createdAt'],
          map: showUser,
        });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/users',
      permission: 'user.write',
      summary: 'Create a user',
      description:
        'Without `tenantId` and `tenant` it is a further user of your own tenant. `tenant` makes a new customer below yours and its first user. ' +
        'Without a password one is made and answered once.',
      preview: false,
      body: z.strictObject({
        email: emailAddress,
        name: lineOfText(120),
        role: z.enum(roles),
        password: newPassword.optional(),
        tenantId: z.number().int().positive().optional(),
        tenant: z
          .strictObject({ name: lineOfText(120), parentId: z.number().int().positive().optional() })
          .optional(),
        permissions: permissionList.nullable().optional(),
        scope: scopeSchema.nullable().optional(),
      }),
      status: 201,
      reply: z.strictObject({ user: userReply, generatedPassword: z.string().nullable() }),
      handler: async (ctx) => {
        const { body, actor } = ctx;
        const tenantId = await tenantFor(ctx.em, actor.tenantId, body);
        assertManageable(kernel.registry, actor, {
          tenantId,
          role: body.role,
          permissions: body.permissions ?? null,
        });
        const { user, generatedPassword } = await insertUser(ctx.em, {
          tenantId,
          role: body.role,
          email: body.email,
          name: body.name,
          password: body.password,
          permissions: body.permissions ?? null,
          scope: body.scope ?? null,
          now: ctx.now,
        });
        ctx.audit({ object: `user/${user.id}`, details: { email: user.email, role: user.role, tenantId } });
        return ctx.reply(201, { user: showUser(user), generatedPassword });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/users/{id}',
      permission: 'user.read',
      summary: 'Show a user',
      params,
      reply: userReply,
      handler: async (ctx) => showUser(await findUser(ctx.em, ctx.params.id)),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/users/{id}',
      permission: 'user.write',
      summary: 'Change the name, address or language of a user',
      preview: false,
      params,
      body: z.strictObject({
        name: lineOfText(120).optional(),
        email: emailAddress.optional(),
        language: z.string().max(35).nullable().optional(),
      }),
      reply: userReply,
      handler: async (ctx) => {
        const user = await findUser(ctx.em, ctx.params.id);
        assertManageable(kernel.registry, ctx.actor, user as never);
        const { name, email, language } = ctx.body;
        if (name !== undefined) user.name = name;
        if (language !== undefined) user.language = language;
        if (email !== undefined && email !== user.email) {
          await refuseTakenEmail(ctx.em, email);
          user.email = email;
        }
        user.updatedAt = new Date(ctx.now);
        ctx.audit({ object: `user/${user.id}`, details: { fields: Object.keys(ctx.body) } });
        await ctx.em.flush();
        return showUser(user);
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/users/{id}',
      permission: 'user.write',
      summary: 'Delete a user with all sessions and tokens',
      stepUp: true,
      preview: false,
      params,
      status: 204,
      handler: async (ctx) => {
        const user = await findUser(ctx.em, ctx.params.id);
        assertManageable(kernel.registry, ctx.actor, user as never);
        if (user.id === ctx.actor.userId) throw new Conflict('user.yourself', 'You cannot delete yourself.');
        await keepAnAdministrator(ctx.em, user);
        ctx.audit({ object: `user/${user.id}`, details: { email: user.email } });
        ctx.em.remove(user);
        return undefined;
      },
    }),
  ];
}

/** @throws NotFound, also for users of others */
export async function findUser(em: EntityManager, id: number): Promise<User> {
  const user = await em.findOne(UserEntity, { id });
  if (!user) throw new NotFound('user');
  return user;
}

async function tenantFor(
  em: EntityManager,
  own: number,
  body: {
    role: string;
    tenantId?: number | undefined;
    tenant?: { name: string; parentId?: number | undefined } | undefined;
  },
): Promise<number> {
  if (!body.tenant) return body.tenantId ?? own;
  if (body.tenantId !== undefined) {
    throw new PanelError(
      'user.twoTenants',
      422,
      'Give tenantId for a tenant that exists, or tenant for a new one, not both.',
      {},
      ['tenant'],
    );
  }
  if (body.role === 'admin') {
    throw new PanelError(
      'user.roleDoesNotFit',
      422,
      'There is one provider only: administrators belong to it.',
      { role: 'admin' },
      ['role'],
    );
  }
  const kind = body.role === 'reseller' ? 'reseller' : 'client';
  const made = await createTenant(em, {
    parentId: body.tenant.parentId ?? own,
    kind,
    name: body.tenant.name,
  });
  return made.id;
}
