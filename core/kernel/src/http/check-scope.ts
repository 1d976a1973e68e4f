import { NotFound, PanelError, type Actor, type RouteSpec } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { inScope } from '../rbac/scope.js';
import { kindOfCollection, objectKinds } from './object-kinds.js';

/**
 * Hold a scoped actor (sub-user or token) to its objects: those in the path, and every `<kind>Id` in body and query,
 * are 404 when they are not among them; a new object of a limited kind cannot be created.
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
  for (const part of [input.query, input.body]) {
    if (typeof part !== 'object' || part === null) continue;
    for (const [key, value] of Object.entries(part)) {
      const kind = /^(.+)Ids?$/.exec(key)?.[1];
      if (!kind || scope[kind] === undefined) continue;
      for (const id of [value].flat())
        if (typeof id === 'number' && !inScope(scope, kind, id)) throw new NotFound(kind);
    }
  }
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
