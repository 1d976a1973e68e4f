import { NotFound, query, z, type RouteSpec } from '@tenpanel/sdk';
import { revokeSession, revokeSessionsOf } from '../auth/sessions.js';
import { httpOf } from '../http/http-access.js';
import { defineRoute } from './define-route.js';
import { ownUser } from './own-user.js';

const sessionItem = z.strictObject({
  id: z.string(),
  address: z.string(),
  userAgent: z.string(),
  current: z.boolean(),
  onBehalfOf: z.string().nullable(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
});

interface Row {
  id: string;
  address: string;
  user_agent: string;
  on_behalf_of: { name: string } | null;
  created_at: string;
  last_used_at: string;
}

/** Where the signed-in person is signed in. */
export function sessionRoutes(): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/me/sessions',
      permission: 'self',
      summary: 'List where you are signed in',
      command: false,
      reply: z.strictObject({ items: z.array(sessionItem), next: z.null() }),
      handler: async (ctx) => {
        const current = httpOf(ctx).authenticated?.sessionId;
        const rows = await query<Row>(
          ctx.em,
          `select id, address, user_agent, on_behalf_of, created_at, last_used_at from kernel.sessions
           where user_id = ? and revoked_at is null and expires_at > ? order by last_used_at desc limit 200`,
          [ctx.actor.userId ?? 0, new Date(ctx.now)],
        );
        const items = rows.map((row) => ({
          id: row.id,
          address: row.address,
          userAgent: row.user_agent,
          current: row.id === current,
          onBehalfOf: row.on_behalf_of?.name ?? null,
          createdAt: new Date(row.created_at).toISOString(),
          lastUsedAt: new Date(row.last_used_at).toISOString(),
        }));
        return { items, next: null };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/me/sessions',
      permission: 'self',
      summary: 'End all your sessions but this one',
      preview: false,
      command: false,
      status: 204,
      handler: async (ctx) => {
        const user = await ownUser(ctx.em, ctx.actor);
        await revokeSessionsOf(
          ctx.em as never,
          user.id,
          ctx.now,
          httpOf(ctx).authenticated?.sessionId ?? null,
        );
        return undefined;
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/me/sessions/{id}',
      permission: 'self',
      summary: 'End one of your sessions',
      preview: false,
      command: false,
      params: z.strictObject({ id: z.uuid() }),
      status: 204,
      handler: async (ctx) => {
        const user = await ownUser(ctx.em, ctx.actor);
        const found = await query(
          ctx.em,
          'select id from kernel.sessions where id = ?::uuid and user_id = ?',
          [ctx.params.id, user.id],
        );
        if (found.length === 0) throw new NotFound('session');
        await revokeSession(ctx.em as never, ctx.params.id, ctx.now);
        return undefined;
      },
    }),
  ];
}
