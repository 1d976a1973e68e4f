import { z, type RouteSpec } from '@tenpanel/sdk';
import { definitionOf, wrapped } from '../schema-children.js';

type Spec = Pick<RouteSpec, 'params' | 'query' | 'body' | 'reply'>;
const known = new WeakMap<Spec, ReadonlyMap<string, z.ZodType>>();

/**
 * The schemas of a route that name themselves (`.meta({ id })`): each becomes one component of the API document, so a
 * name may stand for one schema only.
 */
export function componentIds(spec: Spec): ReadonlyMap<string, z.ZodType> {
  const before = known.get(spec);
  if (before) return before;
  const found = new Map<string, z.ZodType>();
  const seen = new Set<z.ZodType>();
  const visit = (schema: z.ZodType): void => {
    if (seen.has(schema)) return;
    seen.add(schema);
    const id = z.globalRegistry.get(schema)?.id;
    if (typeof id === 'string') found.set(id, schema);
    const def = definitionOf(schema);
    const inside = [
      ...Object.values(def.shape ?? {}),
      def.element,
      def.keyType,
      def.valueType,
      def.rest,
      def.catchall,
      ...(def.items ?? []),
      ...wrapped(schema),
    ];
    for (const one of inside) if (one) visit(one);
  };
  for (const part of ['params', 'query', 'body', 'reply'] as const) {
    const schema = spec[part] as z.ZodType | undefined;
    if (schema) visit(schema);
  }
  known.set(spec, found);
  return found;
}
