import {
  httpMethods,
  type HttpMethod,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type Reference,
} from '../api/openapi.js';
import { fieldOptions, kebab } from './field-options.js';
import { collectionOfPath } from './lookup.js';
import { resolveSchema } from './resolve-schema.js';
import type { PathArgument, RouteCommand } from './route-command.js';

/** All commands of a document, sorted; a route that says `x-tenpanel-command: false` has none. */
export function commandsOf(document: OpenApiDocument): RouteCommand[] {
  const commands: RouteCommand[] = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of httpMethods) {
      const operation = item[method];
      if (!operation || operation['x-tenpanel-command'] === false) continue;
      commands.push(commandOf(document, path, method, operation));
    }
  }
  return commands.sort((a, b) => `${a.noun} ${a.verb}`.localeCompare(`${b.noun} ${b.verb}`));
}

function commandOf(
  document: OpenApiDocument,
  path: string,
  method: HttpMethod,
  operation: Operation,
): RouteCommand {
  const parameters = (operation.parameters ?? [])
    .map((p) => parameterOf(document, p))
    .filter((p) => p !== null);
  const query = parameters.filter((p) => p.in === 'query' && p.name !== 'dryRun');
  const content = operation.requestBody?.content ?? {};
  const body = content['application/json']?.schema ?? Object.values(content)[0]?.schema;
  const flat = body ? resolveSchema(document, body) : null;
  const answers = Object.entries(operation.responses ?? {}).filter(([status]) => status.startsWith('2'));
  const reply = answers.flatMap(([, answer]) => answer.content?.['application/json']?.schema ?? [])[0];
  const page = reply ? resolveSchema(document, reply) : null;
  const named = operation['x-tenpanel-command'] || nameOf(path, method);
  return {
    noun: kebab(named.noun),
    verb: kebab(named.verb),
    method,
    path,
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    args: [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) =>
      argumentOf(document, path, name ?? '', parameters),
    ),
    options: fieldOptions(document, query, flat, operation.requestBody?.required ?? true),
    hasBody: flat !== null,
    bodyIsObject: flat?.type === 'object',
    previewable: parameters.some((p) => p.in === 'query' && p.name === 'dryRun'),
    paged: page?.properties?.['items'] !== undefined && query.some((p) => p.name === 'cursor'),
    stream: answers.some(([, answer]) => answer.content?.['text/event-stream'] !== undefined),
  };
}

function parameterOf(document: OpenApiDocument, parameter: Parameter | Reference): Parameter | null {
  if (!('$ref' in parameter)) return parameter;
  return document.components?.parameters?.[parameter.$ref.replace('#/components/parameters/', '')] ?? null;
}

function argumentOf(
  document: OpenApiDocument,
  path: string,
  name: string,
  parameters: Parameter[],
): PathArgument {
  const parameter = parameters.find((p) => p.in === 'path' && p.name === name);
  const schema = parameter?.schema ? resolveSchema(document, parameter.schema) : null;
  const integer = schema?.type === 'integer' || schema?.type === 'number';
  return {
    name,
    integer,
    lookup: integer ? collectionOfPath(document, path, name) : null,
    description: parameter?.description ?? schema?.description ?? '',
  };
}

const VERBS: Record<HttpMethod, string> = {
  get: 'show',
  post: 'create',
  put: 'replace',
  patch: 'update',
  delete: 'delete',
};

/** The name of a route that does not bring one: `/api/dns/zones/{id}/records` + post = `dns-zones-records create`. */
function nameOf(path: string, method: HttpMethod): { noun: string; verb: string } {
  const parts = path.replace(/^\/api\//, '').split('/');
  const nouns = parts.filter((part) => !part.startsWith('{'));
  const onItem = parts.at(-1)?.startsWith('{') ?? false;
  const itemBefore = parts.some((part) => part.startsWith('{'));
  if (!onItem && itemBefore && method === 'post')
    return { noun: nouns.slice(0, -1).join('-'), verb: nouns.at(-1) ?? 'do' };
  const verb = method === 'get' && !onItem ? 'list' : VERBS[method];
  return { noun: nouns.join('-'), verb };
}
