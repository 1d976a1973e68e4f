import type { RouteSpec } from '@tenpanel/sdk';

/** `GET /vhosts/{id}/php` -> `getVhostsByIdPhp`: the name that a generated client gives to the call. */
export function operationId(spec: Pick<RouteSpec, 'method' | 'path'>): string {
  const words = spec.path
    .split('/')
    .slice(1)
    .map((part) => part.replace(/[{}]/g, ''));
  const by = spec.path
    .split('/')
    .slice(1)
    .map((part, index) => (part.startsWith('{') ? `by-${words[index]}` : part));
  return [spec.method.toLowerCase(), ...by]
    .join('-')
    .replace(/-([a-zA-Z])/g, (_, letter: string) => letter.toUpperCase());
}
