import { lineOfText, query, roles, z, type RouteSpec } from '@tenpanel/sdk';
import { hashPassword } from '../auth/passwords.js';
import { newPassword, typedPassword } from '../auth/password-schema.js';
import { prove } from '../auth/login.js';
import { UserEntity } from '../auth/user-entity.js';
import type { Kernel } from '../contracts.js';
import { httpOf } from '../http/http-access.js';
import { PROOF_LIFE } from '../rbac/authorize.js';
import { voidAccess } from '../users/void-access.js';
import { defineRoute } from './define-route.js';
import { ownSession } from './own-session.js';
import { ownUser } from './own-user.js';

const meReply = z
  .strictObject({
    kind: z.enum(['user', 'token', 'local', 'system']),
    id: z.number().int().nullable(),
    email: z.string().nullable(),
    name: z.string(),
    role: z.enum(roles),
    tenantId: z.number().int(),
    permissions: z.array(z.string()),
    scope: z.record(z.string(), z.array(z.number())).nullable(),
    onBehalfOf: z.strictObject({ userId: z.number().int(), name: z.string() }).nullable(),
    totp: z.boolean(),
    language: z.string().nullable(),
    provenUntil: z.string().nullable().meta({ description: 'Until then nothing asks for a fresh proof.' }),
  })
  .meta({ id: 'Me' });

/** The signed-in person: who they are, language, password. */
export function meRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/me',
      permission: 'self',
      summary: 'Show who you are and what you may do',
      reply: meReply,
      handler: async (ctx) => {
        const { actor, em } = ctx;
        const user = actor.userId === null ? null : await em.findOne(UserEntity, { id: actor.userId });
        const proven = httpOf(ctx).authenticated?.provenAt ?? 0;
        return {
          kind: actor.kind,
          id: actor.userId,
          email: user?.email ?? null,
          name: user?.name ?? actor.name,
          role: actor.role,
          tenantId: actor.tenantId,
          permissions: [...actor.permissions].sort(),
          scope: actor.scope
            ? Object.fromEntries(Object.entries(actor.scope).map(([kind, ids]) => [kind, [...ids]]))
            : null,
          onBehalfOf: actor.onBehalfOf,
          totp: user?.totpConfirmedAt != null,
          language: user?.language ?? null,
          provenUntil: ctx.now - proven < PROOF_LIFE ? new Date(proven + PROOF_LIFE).toISOString() : null,
        };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/me',
      permission: 'self',
      summary: 'Change your name or language',
      preview: false,
      body: z.strictObject({
        name: lineOfText(120).optional(),
        language: z.string().max(35).nullable().optional(),
      }),
      status: 204,
      handler: async (ctx) => {
        const user = await ownUser(ctx.em, ctx.actor);
        if (ctx.body.name !== undefined) user.name = ctx.body.name;
        if (ctx.body.language !== undefined) user.language = ctx.body.language;
        user.updatedAt = new Date(ctx.now);
        return undefined;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/me/password',
      permission: 'self',
      summary: 'Change your password; all other sessions end',
      preview: false,
      command: false,
      body: z.strictObject({ current: typedPassword, password: newPassword }),
      status: 204,
      handler: async (ctx) => {
        const http = httpOf(ctx);
        const user = await ownUser(ctx.em, ctx.actor);
        await prove(kernel, user.id, { password: ctx.body.current }, http.address);
        user.passwordHash = await hashPassword(ctx.body.password);
        await ctx.em.flush();
        await voidAccess(ctx.em, user.id, ctx.now, ownSession(http));
        await query(ctx.em, 'update kernel.sessions set proven_at = ? where id = ?::uuid', [
          new Date(ctx.now),
          ownSession(http),
        ]);
        return undefined;
      },
    }),
  ];
}
