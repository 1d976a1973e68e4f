import { PanelError, type Actor, type Role } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { permissionsOf } from '../rbac/permissions-of.js';

/**
 * Nobody makes, changes or becomes a user who may do more than themselves: in the own tenant every permission of the
 * other must be one's own; a limited actor (sub-user, token) is held to that in tenants below as well, and one that is
 * limited to some objects manages no users.
 * @throws PanelError 403 `user.mayDoMore`
 */
export function assertManageable(
  registry: Registry,
  actor: Actor,
  other: { tenantId: number; role: Role; permissions: readonly string[] | null },
): void {
  if (actor.kind === 'local' || actor.kind === 'system') return;
  if (actor.scope) throw tooMuch();
  const limited = actor.permissions.size < permissionsOf(registry, actor.role, null).size;
  if (other.tenantId !== actor.tenantId && !limited) return;
  for (const permission of permissionsOf(registry, other.role, other.permissions)) {
    if (!actor.permissions.has(permission)) throw tooMuch();
  }
}

function tooMuch(): PanelError {
  return new PanelError(
    'user.mayDoMore',
    403,
    'This user may do (or would get to do) more than you yourself.',
  );
}
