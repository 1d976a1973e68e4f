import type { z } from 'zod';
import type { RouteSpec } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { definitionOf, wrapped } from '../http/schema-children.js';
import { publicRoutes } from './public-routes.js';

const PATH = /^(\/([a-z0-9][a-z0-9-]*|\{[a-z][a-zA-Z0-9]*\}))+$/;

/**
 * Deny by default: what is wrong with a route, or null. A route needs a permission that its owner's manifest declares
 * (or `self`), a schema for every parameter, and strict objects everywhere a request can put something.
 */
export function checkRoute(
  registry: Pick<Registry, 'permissions'>,
  owner: string,
  spec: RouteSpec,
): string | null {
  const name = `${spec.method} ${spec.path}`;
  if (!PATH.test(spec.path)) return `${name}: the path must be lower case words and {parameters}.`;
  if (spec.permission === 'public') {
    if (owner !== 'kernel' || !publicRoutes.has(name))
      return `${name}: only the kernel's listed routes may be public.`;
    if (spec.transaction !== false) return `${name}: a public route has no tenant to open a transaction for.`;
  } else if (spec.permission !== 'self') {
    const declared = registry.permissions.get(spec.permission);
    if (!declared)
      return `${name}: the permission ${spec.permission} is not declared in the manifest of ${owner}.`;
  }
  const names = [...spec.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
  const params = shapeOf(spec.params);
  for (const param of names)
    if (!params?.includes(param)) return `${name}: the parameter {${param}} has no schema.`;
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = spec[part] as z.ZodType | undefined;
    const loose = schema ? looseObject(schema, part, new Set()) : null;
    if (loose) return `${name}: ${loose} must be z.strictObject, so that an unknown field is refused.`;
  }
  if (spec.method === 'GET' && spec.body) return `${name}: GET has no body.`;
  return null;
}

function shapeOf(schema: z.ZodType | undefined): string[] | null {
  const shape = schema ? definitionOf(schema).shape : undefined;
  return shape ? Object.keys(shape) : null;
}

function looseObject(schema: z.ZodType, where: string, seen: Set<z.ZodType>): string | null {
  if (seen.has(schema)) return null;
  seen.add(schema);
  const def = definitionOf(schema);
  if (def.type === 'object' && (!def.catchall || definitionOf(def.catchall).type !== 'never')) return where;
  const inner: [string, z.ZodType][] = wrapped(schema).map((one) => [where, one]);
  for (const [key, one] of Object.entries(def.shape ?? {})) inner.push([`${where}.${key}`, one]);
  for (const one of [def.element, def.valueType, ...(def.items ?? [])])
    if (one) inner.push([`${where}[]`, one]);
  for (const [place, one] of inner) {
    const found = looseObject(one, place, seen);
    if (found) return found;
  }
  return null;
}
