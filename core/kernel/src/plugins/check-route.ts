import { z, type Manifest, type RouteSpec } from '@tenpanel/sdk';

/** Deny by default: what is wrong with a plugin's route, or null. */
export function checkRoute(manifest: Manifest, spec: RouteSpec): string | null {
  const name = `${spec.method} ${spec.path}`;
  if (!/^(\/([a-z0-9][a-z0-9-]*|\{[a-zA-Z]+\}))+$/.test(spec.path))
    return `The route ${name} has a path that is not like /things/{id}.`;
  if (spec.permission === 'public')
    return `The route ${name} is public. Only the panel's own fixed list of routes is; ask for a permission.`;
  if (spec.permission !== 'self' && !Object.hasOwn(manifest.permissions, spec.permission)) {
    return `The route ${name} asks for the permission ${spec.permission}, which the manifest does not declare in "permissions".`;
  }
  const wanted = [...spec.path.matchAll(/\{([a-zA-Z]+)\}/g)].map((match) => match[1] ?? '');
  const params = shapeOf(spec.params);
  const lost = wanted.find((key) => !params || !Object.hasOwn(params, key));
  if (lost) return `The route ${name} has {${lost}} in its path but no schema for it in "params".`;
  for (const part of ['params', 'query', 'body'] as const) {
    if (isLoose(spec[part]))
      return `The route ${name} takes unknown keys in its ${part}. Use z.strictObject.`;
  }
  return null;
}

function shapeOf(schema: z.ZodType | undefined): Record<string, unknown> | null {
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, unknown>) : null;
}

function isLoose(schema: z.ZodType | undefined): boolean {
  return schema instanceof z.ZodObject && !(schema.def.catchall instanceof z.ZodNever);
}
