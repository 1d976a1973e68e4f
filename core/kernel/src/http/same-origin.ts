import type { IncomingMessage } from 'node:http';

/**
 * Does the browser say that its own page of this panel sends the request? `Sec-Fetch-Site` cannot be set by a page's
 * script, so it also holds when people reach the panel by another name than the configured one; a browser that does
 * not send it must show the configured origin.
 */
export function sameOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return request.headers.origin === new URL(publicUrl).origin;
}
