import type { z } from 'zod';
import type { RouteSpec } from '@tenpanel/sdk';
import { definitionOf } from '../schema-children.js';

type Named = Pick<RouteSpec, 'method' | 'path' | 'reply' | 'command'>;

/**
 * The command of a route: `GET /vhosts` -> `vhosts list`, `GET /vhosts/{id}` -> `vhosts show`, `POST /vhosts` ->
 * `vhosts create`, `PATCH` -> `update`, `DELETE` -> `delete`, `POST /vhosts/{id}/purge` and `GET /vhosts/{id}/traffic` ->
 * `vhosts purge`, `vhosts traffic`. A collection inside an object (`/zones/{id}/records`) is a noun of its own.
 */
export function commandName(spec: Named, all: readonly Named[]): { noun: string; verb: string } | null {
  if (spec.command === false) return null;
  if (spec.command) return spec.command;
  const parts = spec.path.split('/').slice(1);
  const words = parts.filter((part) => !part.startsWith('{'));
  const last = words.at(-1) ?? '';
  const onItem = parts.at(-1)?.startsWith('{') ?? false;
  if (onItem) return { noun: words.join('-'), verb: ITEM[spec.method] ?? 'do' };
  if (isCollection(spec.path, all)) {
    return {
      noun: words.join('-'),
      verb: spec.method === 'GET' ? 'list' : (COLLECTION[spec.method] ?? 'do'),
    };
  }
  if (words.length === 1)
    return { noun: last, verb: spec.method === 'GET' ? 'show' : (COLLECTION[spec.method] ?? 'do') };
  const noun = words.slice(0, -1).join('-');
  // One path, several methods: `me totp` to see, `me create-totp`, `me delete-totp`.
  const others = all.filter((one) => one.path === spec.path && one.method !== spec.method);
  if (others.length === 0 || spec.method === 'GET') return { noun, verb: last };
  return { noun, verb: `${COLLECTION[spec.method] ?? 'do'}-${last}` };
}

const ITEM: Record<string, string> = {
  GET: 'show',
  POST: 'create',
  PUT: 'replace',
  PATCH: 'update',
  DELETE: 'delete',
};
const COLLECTION: Record<string, string> = {
  POST: 'create',
  PUT: 'replace',
  PATCH: 'update',
  DELETE: 'delete',
};

/** A path is a collection when it lists pages, or has items below it. */
function isCollection(path: string, all: readonly Named[]): boolean {
  return all.some(
    (one) =>
      (one.method === 'GET' && one.path === path && pages(one.reply as z.ZodType | undefined)) ||
      (one.path.startsWith(`${path}/{`) && one.path.slice(path.length + 2).indexOf('/') === -1),
  );
}

function pages(reply: z.ZodType | undefined): boolean {
  return reply !== undefined && definitionOf(reply).shape?.['items'] !== undefined;
}
