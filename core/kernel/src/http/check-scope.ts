import { NotFound, PanelError, type Actor, type RouteSpec } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { inScope } from '../rbac/scope.js';
import { kindOfCollection, objectKinds } from './object-kinds.js';

/**
 * Hold a scoped actor (sub-user or token) to its objects: those in the path, and every number under `<kind>`,
 * `<kind>s`, `<kind>Id` or `<kind>Ids` in body and query, however deep, are 404 when they are not among them; a new
 * object of a limited kind cannot be created.
 */
export function checkScope(
  registry: Registry,
  spec: Pick<RouteSpec, 'path' | 'method'>,
  actor: Actor,
  input: { params: unknown; query: unknown; body: unknown },
): void {
  const { scope } = actor;
  if (!scope) return;
  for (const { param, kind } of objectKinds(spec.path, registry)) {
    const id = (input.params as Record<string, unknown>)[param];
    if (!inScope(scope, kind, Number(id))) throw new NotFound(kind);
  }
  holdValues(scope, input.query);
  holdValues(scope, input.body);
  const collection = spec.method === 'POST' ? /([a-z-]+)$/.exec(spec.path)?.[1] : undefined;
  const created = collection ? kindOfCollection(collection, registry) : null;
  if (created && scope[created] !== undefined) {
    throw new PanelError(
      'auth.scoped',
      403,
      `You may work with some objects of this kind only, not create new ones.`,
      { kind: created },
    );
  }
}

function holdValues(scope: NonNullable<Actor['scope']>, value: unknown): void {
  if (Array.isArray(value)) for (const one of value) holdValues(scope, one);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const kind = [key, key.replace(/s$/, ''), key.replace(/Ids?$/, '')].find((one) =>
      Object.hasOwn(scope, one),
    );
    for (const id of kind === undefined ? [] : [inner].flat()) {
      // A query parameter that no schema has made a number is compared as one too.
      const number = typeof id === 'string' && /^\d{1,10}$/.test(id) ? Number(id) : id;
      if (kind !== undefined && typeof number === 'number' && !inScope(scope, kind, number))
        throw new NotFound(kind);
    }
    holdValues(scope, inner);
  }
}
