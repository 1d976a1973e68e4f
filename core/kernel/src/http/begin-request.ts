import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Kernel } from '../contracts.js';
import { clientAddress } from './client-address.js';
import { isLocal } from './local-peers.js';
import { matchLanguage } from './match-language.js';
import type { RequestState } from './request-state.js';

/** Give the request its id, address and language, and write one log line when it is answered. */
export function beginRequest(kernel: Kernel): Middleware<RequestState> {
  const addressOf = clientAddress(kernel.config.trustedProxies);
  return async (ctx, next) => {
    const local = isLocal(ctx.req.socket);
    ctx.state.requestId = randomUUID();
    ctx.state.local = local;
    ctx.state.address = local ? 'local' : addressOf(ctx.req);
    ctx.state.language = matchLanguage(ctx.req.headers['accept-language'], kernel.i18n.languages(), null);
    ctx.state.startedAt = kernel.now();
    ctx.state.actor = null;
    ctx.state.route = null;
    ctx.set('X-Request-Id', ctx.state.requestId);
    try {
      await next();
    } finally {
      // Neither query, headers nor bodies: they may hold what nobody should read in a log.
      kernel.log.info(
        {
          requestId: ctx.state.requestId,
          method: ctx.method,
          path: ctx.path.slice(0, 512),
          route: ctx.state.route,
          status: ctx.status,
          ms: kernel.now() - ctx.state.startedAt,
          address: ctx.state.address,
          actor: ctx.state.actor,
        },
        'request',
      );
    }
  };
}
