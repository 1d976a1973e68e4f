import type { RouteContext } from '@tenpanel/sdk';
import type { Work } from '../services/room.js';

/** A request as the services see it. */
export function workOf(ctx: Pick<RouteContext, 'em' | 'desired' | 'hooks' | 'actor' | 'now'>): Work {
  return { em: ctx.em, desired: ctx.desired, hooks: ctx.hooks, by: ctx.actor.name, now: ctx.now };
}
