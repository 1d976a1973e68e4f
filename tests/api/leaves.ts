type Schema = Record<string, unknown>;

/** A place in a body (or a parameter) that takes text. */
export interface Leaf {
  /** Keys and indexes from the root; `0` is the first entry of a list, `*` any key of a map. */
  path: (string | number)[];
  /** Takes line breaks and tabs. */
  multiline: boolean;
  /** No pattern, format or list of values: words for people. */
  free: boolean;
}

/** Every place in `schema` that takes text, and the smallest value that has that place. */
export class SchemaWalk {
  constructor(private readonly schemas: Record<string, Schema>) {}

  leaves(schema: Schema): Leaf[] {
    const found = new Map<string, Leaf>();
    this.#collect(schema, [], found, 0);
    return [...found.values()];
  }

  /** Paths of every number. */
  numbers(given: Schema, depth = 0): (string | number)[][] {
    const schema = this.#resolve(given);
    if (depth > 12) return [];
    const below = [
      ...this.#options(schema).flatMap((option) => this.numbers(option, depth + 1)),
      ...Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).flatMap(([name, child]) =>
        this.numbers(child, depth + 1).map((path) => [name, ...path]),
      ),
    ];
    if (schema['type'] === 'integer' || schema['type'] === 'number') below.push([]);
    return [...new Map(below.map((path) => [path.join('/'), path])).values()];
  }

  #collect(given: Schema, path: (string | number)[], found: Map<string, Leaf>, depth: number): void {
    const schema = this.#resolve(given);
    if (depth > 12) return;
    for (const option of this.#options(schema)) this.#collect(option, path, found, depth + 1);
    const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
    for (const [name, child] of Object.entries(properties))
      this.#collect(child, [...path, name], found, depth + 1);
    const rest = schema['additionalProperties'];
    if (typeof rest === 'object' && rest) this.#collect(rest as Schema, [...path, '*'], found, depth + 1);
    if (typeof schema['items'] === 'object')
      this.#collect(schema['items'] as Schema, [...path, 0], found, depth + 1);
    if (schema['type'] !== 'string' || path.length === 0) return;
    const key = path.join('/');
    const closed = ['pattern', 'format', 'enum', 'const'].some((word) => word in schema);
    const before = found.get(key);
    found.set(key, {
      path,
      multiline: schema['x-multiline'] === true || (before?.multiline ?? false),
      free: (!closed || schema['format'] === 'password') && (before?.free ?? true),
    });
  }

  /** `base` with `value` at `path`; what is missing on the way is filled with the least that the schema asks for. */
  withValue(schema: Schema, base: unknown, path: readonly (string | number)[], value: unknown): unknown {
    const [key, ...rest] = path;
    if (key === undefined) return value;
    const real = this.#holder(schema, key);
    if (typeof key === 'number') {
      return [this.withValue(real.child, undefined, rest, value)];
    }
    const start = (typeof base === 'object' && base ? base : this.#least(real.schema)) as Schema;
    const name = key === '*' ? 'sample' : key;
    return { ...start, [name]: this.withValue(real.child, start[name], rest, value) };
  }

  #holder(given: Schema, key: string | number): { schema: Schema; child: Schema } {
    const schema = this.#resolve(given);
    for (const option of [schema, ...this.#options(schema).map((one) => this.#resolve(one))]) {
      if (typeof key === 'number' && typeof option['items'] === 'object')
        return { schema: option, child: option['items'] as Schema };
      const child = (option['properties'] as Record<string, Schema> | undefined)?.[String(key)];
      if (child) return { schema: option, child };
      if (key === '*' && typeof option['additionalProperties'] === 'object')
        return { schema: option, child: option['additionalProperties'] as Schema };
      for (const inner of this.#options(option)) {
        const found = this.#holder(inner, key);
        if (Object.keys(found.child).length > 0) return found;
      }
    }
    return { schema, child: {} };
  }

  #least(given: Schema): unknown {
    const schema = this.#resolve(given);
    const [option] = this.#options(schema);
    if (option && !('type' in schema)) return this.#least(option);
    if ('const' in schema) return schema['const'];
    if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown;
    switch (schema['type']) {
      case 'object': {
        const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
        const required = (schema['required'] ?? []) as string[];
        return Object.fromEntries(required.map((name) => [name, this.#least(properties[name] ?? {})]));
      }
      case 'array':
        return [];
      case 'integer':
      case 'number':
        return Number(schema['minimum'] ?? 1);
      case 'boolean':
        return false;
      default:
        return 'sample';
    }
  }

  #options(schema: Schema): Schema[] {
    return ['anyOf', 'oneOf', 'allOf'].flatMap((word) => (schema[word] ?? []) as Schema[]);
  }

  #resolve(schema: Schema): Schema {
    const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref'] ?? ''))?.[1];
    return name === undefined ? schema : (this.schemas[name] ?? {});
  }
}
