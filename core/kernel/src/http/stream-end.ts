import { ACCESS_TOKEN_LIFE } from '../auth/access-token.js';
import type { Authenticated } from '../auth/authenticated.js';

/**
 * When a stream ends at the latest (Unix milliseconds): with the token that opened it, and never later than an access
 * token would, so that a revoked token or a locked user hears nothing for long. Clients connect again by themselves.
 * null for the local socket.
 */
export function streamEnd(authenticated: Authenticated | null, now: number): number | null {
  if (authenticated?.by === 'local') return null;
  return Math.min(authenticated?.expiresAt ?? Infinity, now + ACCESS_TOKEN_LIFE * 1000);
}
