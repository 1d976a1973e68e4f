import type { Registry } from '../contracts.js';

/**
 * The resource kinds that the parameters of a path name: `/vhosts/{id}/purge` -> `[{param: 'id', kind: 'vhost'}]`.
 * A collection is the plural of a registered kind.
 */
export function objectKinds(path: string, registry: Registry): { param: string; kind: string }[] {
  const parts = path.split('/').filter((part) => part !== '');
  const found: { param: string; kind: string }[] = [];
  parts.forEach((part, index) => {
    const param = /^\{(.+)\}$/.exec(part)?.[1];
    const kind = param ? kindOfCollection(parts[index - 1] ?? '', registry) : null;
    if (param && kind) found.push({ param, kind });
  });
  return found;
}

/** `database-users` -> `databaseUser`, when such a kind is registered. */
export function kindOfCollection(collection: string, registry: Registry): string | null {
  const camel = collection.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const singulars = [
    camel,
    camel.replace(/ies$/, 'y'),
    camel.replace(/(s|x|z|ch|sh)es$/, '$1'),
    camel.replace(/s$/, ''),
  ];
  return singulars.find((one) => registry.reconcilers.has(one)) ?? null;
}
