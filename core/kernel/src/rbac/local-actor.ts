import type { Actor } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { permissionsOf } from './permissions-of.js';

/** The built-in administrator: whoever can open the local socket (0600) is root or the panel itself. */
export function localActor(registry: Registry): Actor {
  return {
    kind: 'local',
    userId: null,
    name: 'local administrator',
    role: 'admin',
    tenantId: 1,
    path: '/',
    permissions: permissionsOf(registry, 'admin', null),
    scope: null,
    onBehalfOf: null,
  };
}
