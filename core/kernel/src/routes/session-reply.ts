import { z } from '@tenpanel/sdk';
import { ACCESS_TOKEN_LIFE, signAccessToken } from '../auth/access-token.js';
import { authOf } from '../auth/auth-of.js';
import { refreshCookie } from '../auth/cookies.js';
import type { OpenedSession } from '../auth/sessions.js';
import type { Kernel } from '../contracts.js';

export const sessionReply = z
  .strictObject({
    accessToken: z.string().meta({ description: 'Send it as `Authorization: Bearer …`.' }),
    expiresIn: z.number().int().meta({ description: 'Seconds.' }),
    refreshToken: z.string().nullable().meta({ description: 'null when it was set as a cookie.' }),
  })
  .meta({ id: 'Session' });

/** The answer of log-in and renewal; the refresh token goes into the HttpOnly cookie or into the body, never both. */
export function sessionAnswer(
  kernel: Kernel,
  session: OpenedSession,
  version: number,
  cookie: boolean,
): { body: z.output<typeof sessionReply>; headers: Record<string, string> } {
  const now = kernel.now();
  const accessToken = signAccessToken(
    authOf(kernel).keys,
    { userId: session.userId, sessionId: session.sessionId, version },
    now,
  );
  const seconds = Math.floor((session.expiresAt - now) / 1000);
  return {
    body: { accessToken, expiresIn: ACCESS_TOKEN_LIFE, refreshToken: cookie ? null : session.refreshToken },
    headers: cookie ? { 'Set-Cookie': refreshCookie(session.refreshToken, seconds) } : {},
  };
}
