import type { ApiClient } from '../api/client.js';
import type { OpenApiDocument } from '../api/openapi.js';
import { problemOf } from '../api/problem.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

/** Fields by which people call an object. */
const NAMES = ['name', 'domain', 'login', 'username', 'email', 'title'] as const;
const PAGES = 100;

/** The list route that stands before `{name}` in a path: `/api/accounts/{id}/limits` -> `/api/accounts`. */
export function collectionOfPath(document: OpenApiDocument, path: string, parameter: string): string | null {
  const before = path.slice(0, path.indexOf(`/{${parameter}}`));
  return document.paths[before]?.get && !before.includes('{') ? before : null;
}

/** The list route that a field such as `accountId` points to. */
export function collectionOfField(document: OpenApiDocument, field: string): string | null {
  if (!/^[a-z][a-zA-Z0-9]*Id$/.test(field)) return null;
  const word = field.slice(0, -2);
  const dashed = word.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  const plurals = [`${dashed}s`, `${dashed}es`, dashed.replace(/y$/, 'ies')];
  if (word === 'site') plurals.push('vhosts');
  return plurals.map((plural) => `/api/${plural}`).find((path) => document.paths[path]?.get) ?? null;
}

/** The id of the one object with this name. Numbers are ids already. */
export async function resolveId(client: ApiClient, collection: string, value: string): Promise<string> {
  if (/^\d+$/.test(value)) return value;
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await client.request({
      method: 'GET',
      path: collection,
      query: { limit: '200', ...(cursor ? { cursor } : {}) },
    });
    if (answer.status !== 200) throw problemOf(answer);
    const body = answer.body as { items?: Record<string, unknown>[]; next?: string | null };
    const found = (body.items ?? []).find((item) => NAMES.some((name) => item[name] === value));
    if (found && (typeof found['id'] === 'number' || typeof found['id'] === 'string'))
      return String(found['id']);
    cursor = body.next ?? null;
    if (!cursor) break;
  }
  throw new CliError(
    `Nothing in ${collection.replace('/api/', '')} is called "${value}".`,
    ExitCode.notFound,
    [`List what there is: tenpanel ${collection.replace('/api/', '')} list`],
  );
}
