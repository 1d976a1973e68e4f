import type { Actor } from '@tenpanel/sdk';

/** Who acts when no person does: a job, a reconciler, an `after` tap. `name` says which part of the panel. */
export function systemActor(name: string): Actor {
  return {
    kind: 'system',
    userId: null,
    name,
    role: 'admin',
    tenantId: 1,
    path: '/',
    permissions: new Set<string>(),
    scope: null,
    onBehalfOf: null,
  };
}
