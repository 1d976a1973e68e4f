import type { z } from 'zod';

interface Def {
  type: string;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  keyType?: z.ZodType;
  valueType?: z.ZodType;
  /** Of a tuple. */
  rest?: z.ZodType;
  innerType?: z.ZodType;
  options?: z.ZodType[];
  in?: z.ZodType;
  out?: z.ZodType;
  left?: z.ZodType;
  right?: z.ZodType;
  items?: z.ZodType[];
  getter?: () => z.ZodType;
  catchall?: z.ZodType;
}

export function definitionOf(schema: z.ZodType): Def {
  return schema._zod.def as unknown as Def;
}

/** The schemas that stand for the same value: what optional, default, pipe, union and lazy wrap. */
export function wrapped(schema: z.ZodType): z.ZodType[] {
  const def = definitionOf(schema);
  const inner = [def.innerType, def.in, def.out, def.left, def.right, ...(def.options ?? [])];
  if (def.type === 'lazy' && def.getter) inner.push(def.getter());
  return inner.filter((one): one is z.ZodType => one !== undefined);
}

/** The schemas a value may have at `key` inside one of `schemas`. */
export function childSchemas(schemas: readonly z.ZodType[], key: string | number): z.ZodType[] {
  const found: z.ZodType[] = [];
  const visit = (schema: z.ZodType): void => {
    const def = definitionOf(schema);
    if (def.type === 'object') {
      const child = def.shape?.[String(key)] ?? def.catchall;
      if (child) found.push(child);
    } else if (def.type === 'array' && def.element) found.push(def.element);
    else if (def.type === 'tuple') {
      const child = def.items?.[Number(key)];
      if (child) found.push(child);
    } else if (def.type === 'record' && def.valueType) found.push(def.valueType);
    else for (const one of wrapped(schema)) visit(one);
  };
  for (const schema of schemas) visit(schema);
  return found;
}
