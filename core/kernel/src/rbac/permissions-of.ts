import type { Role } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';

/**
 * What a role may, or the part of it that a sub-user was given. The administrator's role has every permission that
 * any running plugin declares.
 */
export function permissionsOf(
  registry: Registry,
  role: Role,
  subset: readonly string[] | null,
): ReadonlySet<string> {
  const wanted = subset === null ? null : new Set(subset);
  const found = new Set<string>();
  for (const [permission, { roles }] of registry.permissions) {
    if ((role === 'admin' || roles.includes(role)) && (wanted === null || wanted.has(permission)))
      found.add(permission);
  }
  return found;
}
