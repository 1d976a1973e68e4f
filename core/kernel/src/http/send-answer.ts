import { Readable } from 'node:stream';
import type { ParameterizedContext } from 'koa';
import type { RouteSpec } from '@tenpanel/sdk';
import type { Answer } from './answer.js';
import { etagOf, noneMatch } from './etag.js';
import type { RequestState } from './request-state.js';

/** Write an answer: JSON with an entity tag, or what the route produces. */
export function sendAnswer(ctx: ParameterizedContext<RequestState>, spec: RouteSpec, answer: Answer): void {
  ctx.status = answer.status;
  ctx.set('Content-Language', ctx.state.language);
  ctx.vary('Accept-Language');
  if (answer.body instanceof Readable || spec.produces) {
    ctx.body = answer.body;
    if (spec.produces === 'text/event-stream') {
      ctx.set({ 'Content-Type': spec.produces, 'X-Accel-Buffering': 'no' });
    } else {
      // Koa adds the charset to kinds of text.
      ctx.type = spec.produces ?? 'application/octet-stream';
    }
  } else if (answer.body === undefined) {
    ctx.body = null;
    ctx.status = answer.status === 200 ? 204 : answer.status;
  } else {
    const tag = etagOf(answer.body);
    ctx.set('ETag', tag);
    if (spec.method === 'GET' && noneMatch(ctx.req.headers['if-none-match'], tag)) {
      ctx.status = 304;
      return;
    }
    ctx.body = JSON.stringify(answer.body);
    ctx.set('Content-Type', 'application/json; charset=utf-8');
  }
  for (const [name, value] of Object.entries(answer.headers)) ctx.set(name, value);
}
