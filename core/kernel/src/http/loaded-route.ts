import type { RouteSpec } from '@tenpanel/sdk';

/** A route as the HTTP room keeps it. */
export interface LoadedRoute {
  owner: string;
  spec: RouteSpec;
  /** GET of the same path (or, for an act, of the object it is about); `If-Match` is compared with its answer. */
  twin: RouteSpec | null;
}
