import type { Operation } from './document.js';

export const UUID = '00000000-0000-4000-8000-000000000000';

/** Parameters that are well formed. */
export function wellFormed(operation: Operation): Record<string, string | number> {
  return Object.fromEntries(
    operation.parameters
      .filter((one) => one.in === 'path')
      .map(({ name, schema }) => [
        name,
        schema['format'] === 'uuid' ? UUID : schema['type'] === 'integer' ? 1 : (known[name] ?? 'en'),
      ]),
  );
}
const known: Record<string, string> = { owner: 'varnish', key: 'defaultTtl', account: '1', id: 'varnish' };
