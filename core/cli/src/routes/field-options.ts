import type { OpenApiDocument, Parameter } from '../api/openapi.js';
import { collectionOfField } from './lookup.js';
import { resolveSchema, type FlatSchema } from './resolve-schema.js';
import type { FieldOption } from './route-command.js';

/** Options that every route command has; a field of the same name is reached by `--field.<name>`. */
export const commonFlags = ['json', 'yes', 'dry-run', 'json-body', 'wait', 'no-wait', 'all', 'help', 'quiet'];

const OBJECT_DEPTH = 4;

export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

/** One option for each query parameter and each field of the body; fields of nested objects are joined by dots. */
export function fieldOptions(
  document: OpenApiDocument,
  query: Parameter[],
  body: FlatSchema | null,
  bodyRequired: boolean,
): FieldOption[] {
  const taken = new Set(commonFlags);
  const options: FieldOption[] = [];
  const add = (option: Omit<FieldOption, 'flag'>) => {
    const plainFlag = option.path.map(kebab).join('.');
    // commander reads `--no-x` as the negation of `--x`.
    const flag = plainFlag.startsWith('no-') || taken.has(plainFlag) ? `field.${plainFlag}` : plainFlag;
    taken.add(flag);
    options.push({ ...option, flag });
  };
  const walk = (schema: FlatSchema, path: string[], required: boolean) => {
    for (const [name, value] of Object.entries(schema.properties ?? {})) {
      const flat = resolveSchema(document, value);
      const here = [...path, name];
      const needed = required && (schema.required?.includes(name) ?? false) && flat.default === undefined;
      if (
        flat.type === 'object' &&
        flat.properties &&
        Object.keys(flat.properties).length > 0 &&
        here.length < OBJECT_DEPTH
      ) {
        walk(flat, here, needed);
      } else {
        add(optionOf(document, here, 'body', flat, needed));
      }
    }
  };
  if (body?.type === 'object') walk(body, [], bodyRequired);
  for (const parameter of query) {
    const flat = resolveSchema(document, parameter.schema ?? {});
    const needed = (parameter.required ?? false) && flat.default === undefined;
    add(
      optionOf(
        document,
        [parameter.name],
        'query',
        { ...flat, description: parameter.description ?? flat.description ?? '' },
        needed,
      ),
    );
  }
  return options;
}

function optionOf(
  document: OpenApiDocument,
  path: string[],
  location: 'query' | 'body',
  schema: FlatSchema,
  required: boolean,
): Omit<FieldOption, 'flag'> {
  const list = schema.type === 'array';
  const item = list ? resolveSchema(document, schema.items ?? {}) : schema;
  const kind = kindOf(item);
  const lookup = kind === 'integer' && !list ? collectionOfField(document, path.at(-1) ?? '') : null;
  return { path, location, kind, list, schema: item, required, lookup, description: describe(schema, item) };
}

function kindOf(schema: FlatSchema): FieldOption['kind'] {
  if (schema.type === 'object' && isScalarMap(schema)) return 'map';
  if (
    schema.type === 'string' ||
    schema.type === 'number' ||
    schema.type === 'integer' ||
    schema.type === 'boolean' ||
    schema.type === 'scalar'
  ) {
    return schema.type;
  }
  return 'json';
}

/** `{memory: 512, disk: null}`: given as `--limits memory=512 --limits disk=null`. */
function isScalarMap(schema: FlatSchema): boolean {
  const values = schema.additionalProperties;
  if (typeof values !== 'object' || schema.properties) return false;
  const types = (values.anyOf ?? values.oneOf ?? [values]).flatMap((s) => [s.type ?? 'any'].flat());
  return types.every((type) => ['number', 'integer', 'string', 'boolean', 'null'].includes(type));
}

function describe(schema: FlatSchema, item: FlatSchema): string {
  const parts = [schema.description ?? schema.title ?? item.description ?? ''];
  if (item.enum && item.enum.length > 0) parts.push(`one of ${item.enum.map(String).join(', ')}`);
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.type === 'array') parts.push('may be repeated');
  if (schema.nullable) parts.push('"none" clears it');
  return parts.filter((part) => part !== '').join('; ');
}
