import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Actor, RouteContext } from '@tenpanel/sdk';
import type { Authenticated } from '../auth/authenticated.js';

/** What only the kernel's own routes see of a request. Plugins never get headers, cookies or addresses. */
export interface HttpAccess {
  request: IncomingMessage;
  response: ServerResponse;
  address: string;
  userAgent: string;
  /** null on public routes without a valid token. */
  authenticated: Authenticated | null;
  /** For a route that finds out itself who acts (log-in): the audit row names this actor. */
  actAs(actor: Actor): void;
  /** For what changes nothing anybody would look for later (the renewal of an access token). */
  withoutAudit(): void;
}

const byContext = new WeakMap<object, HttpAccess>();

export function giveHttpAccess(ctx: object, access: HttpAccess): void {
  byContext.set(ctx, access);
}

export function httpOf<P, Q, B>(ctx: RouteContext<P, Q, B>): HttpAccess {
  const access = byContext.get(ctx);
  if (!access) throw new Error('This route was not called by the HTTP room.');
  return access;
}
