import type { Middleware } from 'koa';
import { NotFound, PanelError } from '@tenpanel/sdk';
import { authenticate } from '../auth/authenticate.js';
import { authOf } from '../auth/auth-of.js';
import type { Kernel } from '../contracts.js';
import type { RequestState } from '../http/request-state.js';
import { collectMetrics } from './collect-metrics.js';

/**
 * GET /metrics for Prometheus: through the local socket, with a token that has `metric.read`, or from the same machine
 * when the setting `metrics.loopback` says so. Everybody else is told that nothing is here.
 */
export function prometheus(kernel: Kernel): Middleware<RequestState> {
  return async (ctx, next) => {
    if (ctx.path !== '/metrics') return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD')
      throw new PanelError('http.methodNotAllowed', 405, 'This address takes GET.');
    const found = await authenticate(kernel, authOf(kernel).keys, ctx.req, ctx.state);
    const allowed = found
      ? found.actor.permissions.has('metric.read')
      : await loopbackAllowed(kernel, ctx.state.address);
    if (!allowed) throw new NotFound('address');
    const { text, contentType } = await collectMetrics(kernel);
    ctx.body = text;
    ctx.set('Content-Type', contentType);
  };
}

async function loopbackAllowed(kernel: Kernel, address: string): Promise<boolean> {
  if (address !== '::1' && !address.startsWith('127.')) return false;
  return kernel.db.read(
    '/',
    async (em) => (await kernel.settings.get(em, 'kernel', 'metrics.loopback')) === true,
  );
}
