import type { Manifest, RouteSpec } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { checkRoute as checkAnyRoute } from '../rbac/check-route.js';

/** Deny by default: what is wrong with a plugin's route, or null. */
export function checkRoute(manifest: Manifest, spec: RouteSpec): string | null {
  const name = `${spec.method} ${spec.path}`;
  if (spec.permission === 'public')
    return `The route ${name} is public. Only the panel's own fixed list of routes is; ask for a permission.`;
  if (spec.permission !== 'self' && !Object.hasOwn(manifest.permissions, spec.permission)) {
    return `The route ${name} asks for the permission ${spec.permission}, which the manifest does not declare in "permissions".`;
  }
  const permissions: Registry['permissions'] = new Map(
    Object.entries(manifest.permissions).map(([key, { title, roles }]) => [
      key,
      { owner: manifest.id, title, roles },
    ]),
  );
  const wrong = checkAnyRoute({ permissions }, manifest.id, spec);
  return wrong && `The route ${wrong}`;
}
