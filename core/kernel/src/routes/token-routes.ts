import type { InferEntity } from '@mikro-orm/core';
import ipaddr from 'ipaddr.js';
import {
  idParam,
  lineOfText,
  NotFound,
  pageOf,
  pageQuery,
  PanelError,
  z,
  type Actor,
  type RouteSpec,
} from '@tenpanel/sdk';
import { ApiTokenEntity } from '../auth/api-token-entity.js';
import { hashToken, randomToken } from '../auth/hash-token.js';
import { UserEntity, type Scope } from '../auth/user-entity.js';
import type { Kernel } from '../contracts.js';
import { intersectScopes } from '../rbac/scope.js';
import { permissionsOf } from '../rbac/permissions-of.js';
import { assertManageable } from '../users/manageable.js';
import { permissionList, scopeSchema } from '../users/user-reply.js';
import { defineRoute } from './define-route.js';

type Token = InferEntity<typeof ApiTokenEntity>;

const network = z
  .string()
  .max(64)
  .transform((text, ctx) => {
    const cidr = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
    if (ipaddr.isValidCIDR(cidr)) return cidr;
    ctx.addIssue({ code: 'custom', message: 'Write an address or network such as 192.0.2.0/24.' });
    return z.NEVER;
  })
  .meta({ type: 'string' });

const tokenReply = z
  .strictObject({
    id: z.number().int(),
    userId: z.number().int(),
    name: z.string(),
    permissions: z.array(z.string()),
    scope: z.record(z.string(), z.array(z.number())).nullable(),
    addresses: z.array(z.string()).nullable(),
    stepUp: z.boolean(),
    expiresAt: z.string(),
    lastUsedAt: z.string().nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'Token' });

/** API tokens: keys for programs, never with more rights than their owner. */
export function tokenRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/tokens',
      permission: 'token.read',
      summary: 'List API tokens: your own, or those of a user you may see',
      query: z.strictObject({ ...pageQuery, userId: z.coerce.number().int().positive().optional() }),
      reply: pageOf(tokenReply),
      handler: (ctx) => {
        const asked = ctx.can('user.read') ? ctx.query.userId : undefined;
        const userId = asked ?? ctx.actor.userId;
        const where: Record<string, unknown> = { revokedAt: null };
        if (userId !== null) where['userId'] = userId;
        return ctx.page<Token, z.output<typeof tokenReply>>(ApiTokenEntity, where, {
          query: ctx.query,
          sortable: ['name', 'createdAt', 'expiresAt'],
          map: showToken,
        });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/tokens',
      permission: 'token.write',
      summary: 'Create an API token; its text is answered once',
      stepUp: true,
      preview: false,
      body: z.strictObject({
        name: lineOfText(120),
        permissions: permissionList.optional().meta({ description: 'Default: all that you have.' }),
        scope: scopeSchema.nullable().default(null),
        addresses: z
          .array(network)
          .min(1)
          .max(100)
          .nullable()
          .default(null)
          .meta({ description: 'Networks it may be used from; null: any.' }),
        expiresInDays: z.number().int().min(1).max(730).default(90),
        stepUp: z
          .boolean()
          .default(false)
          .meta({ description: 'It may also do what asks a person for a fresh proof, such as deleting.' }),
        userId: z
          .number()
          .int()
          .positive()
          .optional()
          .meta({ description: 'Owner; only the local administrator chooses another one.' }),
      }),
      status: 201,
      reply: z.strictObject({ token: tokenReply, secret: z.string() }),
      handler: async (ctx) => {
        const { body, actor } = ctx;
        assertMayMint(actor);
        const owner = await ctx.em.findOne(UserEntity, {
          id: ownerOf(actor.kind, actor.userId, body.userId),
        });
        if (!owner) throw new PanelError('user.notFound', 422, 'There is no such user.', {}, ['userId']);
        const allowed = permissionsOf(kernel.registry, owner.role, owner.permissions ?? null);
        const wanted =
          body.permissions ?? [...actor.permissions].filter((permission) => allowed.has(permission));
        const excess = wanted.findIndex(
          (permission) => !allowed.has(permission) || !actor.permissions.has(permission),
        );
        if (excess >= 0) {
          throw new PanelError(
            'token.tooMuch',
            422,
            `You do not have the permission ${wanted[excess] ?? ''} yourself.`,
            {},
            ['permissions', excess],
          );
        }
        const secret = `tpk_${randomToken()}`;
        const token = ctx.em.create(ApiTokenEntity, {
          tenantId: owner.tenantId,
          userId: owner.id,
          name: body.name,
          hash: hashToken(secret),
          permissions: wanted,
          scope: intersectScopes(actor.scope, body.scope) as Scope | null,
          addresses: body.addresses,
          stepUp: body.stepUp,
          expiresAt: new Date(ctx.now + body.expiresInDays * 86_400_000),
          createdAt: new Date(ctx.now),
        });
        ctx.em.persist(token);
        await ctx.em.flush();
        ctx.audit({
          object: `token/${token.id}`,
          details: { name: token.name, permissions: wanted, stepUp: token.stepUp },
        });
        return ctx.reply(201, { token: showToken(token), secret });
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/tokens/{id}',
      permission: 'token.write',
      summary: 'Revoke an API token',
      preview: false,
      params: z.strictObject({ id: idParam }),
      status: 204,
      handler: async (ctx) => {
        const { actor } = ctx;
        const token = await ctx.em.findOne(ApiTokenEntity, { id: ctx.params.id, revokedAt: null });
        const own = token?.userId === actor.userId;
        if (!token || (!own && !ctx.can('user.write'))) throw new NotFound('token');
        if (!own) {
          const owner = await ctx.em.findOne(UserEntity, { id: token.userId });
          if (owner) assertManageable(kernel.registry, actor, owner as never);
        }
        token.revokedAt = new Date(ctx.now);
        ctx.audit({ object: `token/${token.id}`, details: { name: token.name } });
        return undefined;
      },
    }),
  ];
}

/**
 * A token outlives a session: one that makes tokens would escape its own end and networks, and somebody who signed in as
 * a customer would keep a key after the visit.
 */
function assertMayMint(actor: Actor): void {
  if (actor.kind === 'local' || (actor.kind === 'user' && !actor.onBehalfOf)) return;
  throw new PanelError('auth.notYourself', 403, 'Only a person who signed in themselves can make tokens.');
}

function ownerOf(kind: string, own: number | null, asked: number | undefined): number {
  if (kind === 'local') {
    if (asked === undefined)
      throw new PanelError('token.noOwner', 422, 'Say whose token it is.', {}, ['userId']);
    return asked;
  }
  if (asked !== undefined && asked !== own)
    throw new PanelError('token.notYours', 403, 'You can create tokens for yourself only.');
  return own ?? 0;
}

function showToken(token: Token): z.output<typeof tokenReply> {
  return {
    id: token.id,
    userId: token.userId,
    name: token.name,
    permissions: token.permissions,
    scope: token.scope ?? null,
    addresses: token.addresses ?? null,
    stepUp: token.stepUp,
    expiresAt: token.expiresAt.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    createdAt: token.createdAt.toISOString(),
  };
}
