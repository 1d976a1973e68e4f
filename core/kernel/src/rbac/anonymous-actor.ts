import type { Actor } from '@tenpanel/sdk';

/** Nobody yet: the actor of a public route. Its tenant is none that exists. */
export function anonymousActor(): Actor {
  return {
    kind: 'system',
    userId: null,
    name: 'anonymous',
    role: 'client',
    tenantId: 0,
    path: '/2147483647/',
    permissions: new Set(),
    scope: {},
    onBehalfOf: null,
  };
}
