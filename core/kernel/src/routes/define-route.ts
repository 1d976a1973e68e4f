import type { RouteSpec } from '@tenpanel/sdk';
import type { z } from 'zod';

type Schema = z.ZodType | undefined;

/** Keep the types inside the handler, and give them up for the list of all routes. */
export function defineRoute<
  P extends Schema = undefined,
  Q extends Schema = undefined,
  B extends Schema = undefined,
  R extends Schema = undefined,
>(spec: RouteSpec<P, Q, B, R>): RouteSpec {
  return spec as unknown as RouteSpec;
}
