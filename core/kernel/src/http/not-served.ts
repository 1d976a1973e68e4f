import type { Middleware } from 'koa';
import { NotFound, PanelError } from '@tenpanel/sdk';
import type { LoadedRoute } from './loaded-route.js';
import type { RequestState } from './request-state.js';

/** What no route took below /api: 405 with `Allow` when the path exists, else 404. Other paths go on. */
export function notServed(routes: readonly LoadedRoute[]): Middleware<RequestState> {
  const patterns = routes.map(({ spec }) => ({
    method: spec.method,
    pattern: new RegExp(`^/api${spec.path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }));
  return async (ctx, next) => {
    if (routes.length > 0 && !ctx.path.startsWith('/api/')) return next();
    const methods = patterns
      .filter(({ pattern }) => pattern.test(ctx.path))
      .map(({ method }) => method as string);
    if (methods.length === 0) throw new NotFound('address');
    const allow = [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].sort().join(', ');
    ctx.set('Allow', allow);
    if (ctx.method === 'OPTIONS') {
      ctx.status = 204;
      return;
    }
    throw new PanelError('http.methodNotAllowed', 405, `This address takes ${allow}.`, { allow });
  };
}
