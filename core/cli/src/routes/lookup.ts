import type { ApiClient } from '../api/client.js';
import type { OpenApiDocument } from '../api/openapi.js';
import { problemOf } from '../api/problem.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

/** Fields by which people call an object. */
const NAMES = ['name', 'domain', 'login', 'username', 'email', 'title'] as const;
const PAGES = 100;

/** A list route in which an object can be found by its name; `filter` is the query parameter that asks for it. */
export interface Lookup {
  path: string;
  filter: string | null;
}

function lookupIn(document: OpenApiDocument, path: string): Lookup | null {
  const list = document.paths[path]?.get;
  if (!list) return null;
  const query = (list.parameters ?? []).flatMap((p) => ('name' in p && p.in === 'query' ? [p.name] : []));
  return { path, filter: NAMES.find((name) => query.includes(name)) ?? null };
}

/** The list route that stands before `{name}` in a path: `/api/accounts/{id}/limits` -> `/api/accounts`. */
export function collectionOfPath(document: OpenApiDocument, path: string, parameter: string): Lookup | null {
  const before = path.slice(0, path.indexOf(`/{${parameter}}`));
  return before.includes('{') ? null : lookupIn(document, before);
}

/** The list route that an integer field such as `accountId` or `plan` points to. */
export function collectionOfField(document: OpenApiDocument, field: string): Lookup | null {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(field)) return null;
  const word = field.replace(/Id$/, '');
  const dashed = word.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  const plurals = [`${dashed}s`, `${dashed}es`, dashed.replace(/y$/, 'ies')];
  if (word === 'site') plurals.push('vhosts');
  return (
    plurals.map((plural) => lookupIn(document, `/api/${plural}`)).find((found) => found !== null) ?? null
  );
}

/** The id of the one object with this name. Numbers are ids already. */
export async function resolveId(client: ApiClient, lookup: Lookup, value: string): Promise<string> {
  if (/^\d+$/.test(value)) return value;
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const query: Record<string, string> = {
      limit: '200',
      ...(cursor ? { cursor } : {}),
      ...(lookup.filter ? { [lookup.filter]: value } : {}),
    };
    const answer = await client.request({ method: 'GET', path: lookup.path, query });
    // A name that the filter's own rules refuse is nobody's name.
    if (answer.status === 422 && lookup.filter) break;
    if (answer.status !== 200) throw problemOf(answer);
    const body = answer.body as { items?: Record<string, unknown>[]; next?: string | null };
    const found = (body.items ?? []).find((item) => NAMES.some((name) => item[name] === value));
    if (found && (typeof found['id'] === 'number' || typeof found['id'] === 'string'))
      return String(found['id']);
    cursor = body.next ?? null;
    if (!cursor) break;
  }
  const noun = lookup.path.replace('/api/', '');
  throw new CliError(`Nothing in ${noun} is called "${value}".`, ExitCode.notFound, [
    `List what there is: tenpanel ${noun} list`,
  ]);
}
