import { refuse, type Check } from './check.js';

function plain(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(path, 'must be an object');
  return value as Record<string, unknown>;
}

/** Exactly these keys; one that is not named is refused, so that a misspelt option never passes in silence. */
export function object<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path) => {
    const given = plain(value, path);
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key)) refuse(`${path}.${key.slice(0, 64)}`, 'is not known');
    }
    const result: Partial<T> = {};
    for (const name of names) {
      const inner = Object.hasOwn(given, name) ? given[name] : undefined;
      const checked = fields[name](inner, `${path}.${name}`);
      if (checked !== undefined) result[name] = checked;
    }
    return result as T;
  };
}

/** Any number of keys up to `max`, each matching `key` (which must exclude `__proto__`). */
export function record<V>(key: RegExp, check: Check<V>, max = 256): Check<Record<string, V>> {
  return (value, path) => {
    const entries = Object.entries(plain(value, path));
    if (entries.length > max) refuse(path, `must have at most ${max} entries`);
    return Object.fromEntries(
      entries.map(([name, inner]) => {
        if (!key.test(name)) refuse(`${path}.${name.slice(0, 64)}`, `is not a valid name (${key.source})`);
        return [name, check(inner, `${path}.${name}`)];
      }),
    );
  };
}

export function list<V>(check: Check<V>, max: number, min = 0): Check<V[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return refuse(path, 'must be a list');
    if (value.length > max || value.length < min) return refuse(path, `must have ${min} to ${max} entries`);
    return value.map((each, index) => check(each, `${path}[${index}]`));
  };
}

/** One of several objects, told apart by the field `tag`. */
export function tagged<T extends object>(tag: string, cases: Record<string, Check<T>>): Check<T> {
  return (value, path) => {
    const kind = plain(value, path)[tag];
    const check = typeof kind === 'string' && Object.hasOwn(cases, kind) ? cases[kind] : undefined;
    return check
      ? check(value, path)
      : refuse(`${path}.${tag}`, `must be one of ${Object.keys(cases).join(', ')}`);
  };
}
