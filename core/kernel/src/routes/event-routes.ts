import type { RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { httpOf } from '../http/http-access.js';
import { streamEnd } from '../http/stream-end.js';
import { defineRoute } from './define-route.js';
import { streamChanges } from './stream-changes.js';

/** What happens to the objects that this actor may see. */
export function eventRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/events',
      permission: 'self',
      summary: 'Follow what changes: server-sent events `resource` with kind, id, generation and status',
      description:
        'Tells that something changed, not what: read the resource again. After a gap (`ready`) read what you show once more.',
      produces: 'text/event-stream',
      transaction: false,
      command: { noun: 'events', verb: 'follow' },
      handler: async (ctx) => {
        const stream = await streamChanges(kernel, ctx.actor, streamEnd(httpOf(ctx).authenticated, ctx.now));
        return ctx.reply(200, stream as never);
      },
    }),
  ];
}
