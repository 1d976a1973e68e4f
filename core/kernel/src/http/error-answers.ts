import type { Middleware } from 'koa';
import type { Kernel } from '../contracts.js';
import { asPanelError, problemOf } from './problem.js';
import type { RequestState } from './request-state.js';

/** Every thrown value becomes problem+json; what nobody expected is logged with its stack, never shown. */
export function errorAnswers(kernel: Kernel): Middleware<RequestState> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const known = asPanelError(error);
      if (known.status >= 500) {
        kernel.log.error(
          { err: error, requestId: ctx.state.requestId, route: ctx.state.route },
          'a request failed',
        );
      }
      if (ctx.headerSent) {
        ctx.res.destroy();
        return;
      }
      const problem = problemOf(known, ctx.state.requestId, ctx.state.language, kernel.i18n);
      ctx.status = known.status;
      ctx.set('Content-Language', ctx.state.language);
      if (known.status === 401) ctx.set('WWW-Authenticate', 'Bearer realm="10panel"');
      const seconds = known.params['seconds'];
      if (known.status === 429 && typeof seconds === 'number') ctx.set('Retry-After', String(seconds));
      if (known.status === 503 && seconds === undefined) ctx.set('Retry-After', '5');
      ctx.body = JSON.stringify(problem);
      ctx.set('Content-Type', 'application/problem+json; charset=utf-8');
      // What is left of a refused body is not read; the connection cannot be used again.
      if (!ctx.req.complete) ctx.set('Connection', 'close');
    }
  };
}
