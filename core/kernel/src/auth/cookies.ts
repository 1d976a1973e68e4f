import type { IncomingMessage } from 'node:http';

/** `__Host-` binds the cookie to exactly this host over TLS. It only renews access tokens, it opens nothing else. */
const REFRESH = '__Host-tenpanel-refresh';

export function readRefreshCookie(request: IncomingMessage): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === REFRESH && value) return value;
  }
  return null;
}

/** `Set-Cookie` value; `maxAge` in seconds, 0 removes it. */
export function refreshCookie(value: string, maxAge: number): string {
  return `${REFRESH}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Strict`;
}
