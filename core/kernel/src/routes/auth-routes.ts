import { PanelError, query, z, type RouteSpec } from '@tenpanel/sdk';
import { hashToken } from '../auth/hash-token.js';
import { identityBySession } from '../auth/load-identity.js';
import { login, prove } from '../auth/login.js';
import { typedPassword } from '../auth/password-schema.js';
import { readRefreshCookie, refreshCookie } from '../auth/cookies.js';
import { revokeSession, rotateRefreshToken } from '../auth/sessions.js';
import type { Kernel } from '../contracts.js';
import { httpOf, type HttpAccess } from '../http/http-access.js';
import { sameOrigin } from '../http/same-origin.js';
import { defineRoute } from './define-route.js';
import { ownSession } from './own-session.js';
import { sessionAnswer, sessionReply } from './session-reply.js';

const code = z.string().min(6).max(24).meta({ description: 'Six digits of the app, or a backup code.' });
const refreshBody = z.strictObject({ refreshToken: z.string().max(128).optional() });

/** Log-in, renewal, log-out and the fresh proof. */
export function authRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/auth/login',
      permission: 'public',
      summary: 'Sign in',
      description:
        'With `cookie: true` the refresh token is an HttpOnly cookie (for browsers), else it is in the answer.',
      body: z.strictObject({
        login: z.string().min(1).max(254).meta({ description: 'E-mail address.' }),
        password: typedPassword,
        code: code.optional(),
        cookie: z.boolean().default(false),
      }),
      reply: sessionReply,
      transaction: false,
      preview: false,
      command: false,
      handler: async (ctx) => {
        const http = httpOf(ctx);
        if (ctx.body.cookie) requireBrowserPage(kernel, http);
        const { session, version, actor } = await login(kernel, ctx.body, http);
        http.actAs(actor);
        ctx.audit({ object: `user/${session.userId}` });
        const { body, headers } = sessionAnswer(kernel, session, version, ctx.body.cookie);
        return ctx.reply(200, body, headers);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/refresh',
      permission: 'public',
      summary: 'Exchange the refresh token for new tokens; each works once',
      body: refreshBody,
      reply: sessionReply,
      transaction: false,
      preview: false,
      command: false,
      handler: async (ctx) => {
        const http = httpOf(ctx);
        const { token, cookie } = refreshTokenOf(kernel, http, ctx.body.refreshToken);
        const now = kernel.now();
        const result = await kernel.db.transaction('/', async (em) => {
          const rotated = await rotateRefreshToken(em, token, now);
          if (rotated.state !== 'ok') return rotated;
          const identity = await identityBySession(
            em,
            rotated.session.sessionId,
            rotated.session.userId,
            now,
          );
          return identity ? { ...rotated, version: identity.token_version } : { state: 'invalid' as const };
        });
        if (result.state === 'reused') {
          throw new PanelError(
            'auth.refreshReused',
            401,
            'This refresh token was used before, so somebody else may have it. The session has ended.',
          );
        }
        if (result.state !== 'ok')
          throw new PanelError('auth.unauthorized', 401, 'The session has ended. Sign in again.');
        http.withoutAudit();
        const { body, headers } = sessionAnswer(kernel, result.session, result.version, cookie);
        return ctx.reply(200, body, headers);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/logout',
      permission: 'public',
      summary: 'End the session of a refresh token',
      body: refreshBody,
      transaction: false,
      preview: false,
      command: false,
      handler: async (ctx) => {
        const http = httpOf(ctx);
        const { token, cookie } = refreshTokenOf(kernel, http, ctx.body.refreshToken);
        const ended = await kernel.db.transaction('/', async (em) => {
          const [row] = await query<{ session_id: string }>(
            em,
            'select session_id from kernel.refresh_tokens where hash = ?',
            [hashToken(token)],
          );
          if (row) await revokeSession(em, row.session_id, kernel.now());
          return row;
        });
        if (!ended) http.withoutAudit();
        return ctx.reply(204, undefined, cookie ? { 'Set-Cookie': refreshCookie('', 0) } : {});
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/auth/step-up',
      permission: 'self',
      summary: 'Prove again who you are; for five minutes this opens what needs a fresh proof',
      description: 'In a login-as it is the password of the person behind it.',
      body: z.strictObject({ password: typedPassword.optional(), code: code.optional() }),
      reply: z.strictObject({ provenUntil: z.string() }),
      transaction: false,
      preview: false,
      command: false,
      handler: async (ctx) => {
        const http = httpOf(ctx);
        const sessionId = ownSession(http);
        const person = ctx.actor.onBehalfOf?.userId ?? ctx.actor.userId;
        if (person === null) throw new PanelError('auth.unauthorized', 401, 'Sign in first.');
        await prove(kernel, person, ctx.body, http.address);
        const now = kernel.now();
        await kernel.db.transaction('/', (em) =>
          query(em, 'update kernel.sessions set proven_at = ? where id = ?::uuid', [
            new Date(now),
            sessionId,
          ]),
        );
        return { provenUntil: new Date(now + 300_000).toISOString() };
      },
    }),
  ];
}

function refreshTokenOf(
  kernel: Kernel,
  http: HttpAccess,
  fromBody: string | undefined,
): { token: string; cookie: boolean } {
  if (fromBody !== undefined) return { token: fromBody, cookie: false };
  const token = readRefreshCookie(http.request);
  if (!token) throw new PanelError('auth.unauthorized', 401, 'There is no session. Sign in first.');
  requireBrowserPage(kernel, http);
  return { token, cookie: true };
}

/** A cookie travels by itself, so the request must come from the panel's own page: its origin, and a header that no form can send. */
function requireBrowserPage(kernel: Kernel, http: HttpAccess): void {
  if (!sameOrigin(http.request, kernel.config.publicUrl)) {
    throw new PanelError(
      'auth.origin',
      403,
      `Open the panel at ${new URL(kernel.config.publicUrl).origin}; another page may not use its session.`,
    );
  }
  if (http.request.headers['x-tenpanel-csrf'] !== '1') {
    throw new PanelError('auth.csrf', 403, 'The header X-Tenpanel-CSRF: 1 is missing.');
  }
}
