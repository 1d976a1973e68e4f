import type { OpenApiDocument, Schema } from '../api/openapi.js';

/** A schema without references and unions: what an option needs to know. */
export interface FlatSchema extends Omit<Schema, 'type'> {
  type?: string;
  nullable: boolean;
}

const DEPTH = 12;

/**
 * Follow `$ref`, merge `allOf`, take `null` out of unions, and merge unions of objects into one object whose fields
 * are required only where every member requires them. A union that cannot be merged has no `type`.
 */
export function resolveSchema(document: OpenApiDocument, schema: Schema, depth = 0): FlatSchema {
  if (depth > DEPTH) return { nullable: false };
  if (schema.$ref) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    const target = document.components?.schemas?.[name];
    const own = definedOnly({
      description: schema.description,
      title: schema.title,
      default: schema.default,
    });
    return target ? { ...resolveSchema(document, target, depth + 1), ...own } : { nullable: false };
  }
  if (schema.allOf) {
    const { allOf, ...rest } = schema;
    const parts = [...allOf, rest].map((part) => resolveSchema(document, part, depth + 1));
    return { ...mergeObjects(parts, 'all'), ...definedOnly({ description: schema.description }) };
  }
  const union = schema.anyOf ?? schema.oneOf;
  if (union)
    return {
      ...flattenUnion(document, union, depth),
      ...definedOnly({ description: schema.description, default: schema.default }),
    };
  const types = [schema.type ?? []].flat();
  const real = types.filter((t) => t !== 'null');
  const several = real.length > 1 && real.every((t) => t !== 'object' && t !== 'array');
  const type = (several ? 'scalar' : real[0]) ?? (schema.properties ? 'object' : typeOfValues(schema));
  const { type: _type, enum: values, ...rest } = schema;
  return {
    ...rest,
    nullable: types.includes('null') || (values?.includes(null) ?? false),
    ...(type !== undefined ? { type } : {}),
    ...(values ? { enum: values.filter((value) => value !== null) } : {}),
  };
}

function flattenUnion(document: OpenApiDocument, union: Schema[], depth: number): FlatSchema {
  const parts = union
    .filter((part) => part.type !== 'null')
    .map((part) => resolveSchema(document, part, depth + 1));
  const nullable = parts.length < union.length || parts.some((part) => part.nullable);
  const [first] = parts;
  if (!first) return { nullable: true };
  if (parts.length === 1) return { ...first, nullable };
  if (parts.every((part) => part.type === 'object' && part.properties))
    return { ...mergeObjects(parts, 'any'), nullable };
  if (parts.every((part) => part.enum || part.const !== undefined)) {
    return {
      type: first.type ?? 'string',
      nullable,
      enum: parts.flatMap((part) => part.enum ?? [part.const]),
    };
  }
  const scalar = parts.every((part) => part.type !== undefined && !['object', 'array'].includes(part.type));
  // Text or a number, say "off" or 300: taken as it looks.
  return scalar ? { nullable, type: 'scalar', description: first.description ?? '' } : { nullable };
}

function mergeObjects(parts: FlatSchema[], required: 'all' | 'any'): FlatSchema {
  const objects = parts.filter((part) => part.properties);
  const names = new Set(objects.flatMap((part) => part.required ?? []));
  const merged: Record<string, Schema> = {};
  for (const part of objects) {
    for (const [key, value] of Object.entries(part.properties ?? {})) {
      const before = merged[key];
      merged[key] = before && required === 'any' ? { anyOf: [before, value] } : value;
    }
  }
  return {
    type: 'object',
    nullable: false,
    properties: merged,
    required: [...names].filter(
      (name) => required === 'all' || objects.every((part) => part.required?.includes(name)),
    ),
  };
}

function typeOfValues(schema: Schema): string | undefined {
  const sample = schema.const ?? schema.enum?.find((value) => value !== null);
  return sample === undefined ? undefined : typeof sample;
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<T>;
}
