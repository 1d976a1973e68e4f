import type { z } from 'zod';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiParameterObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { RouteSpec } from '@tenpanel/sdk';
import type { LoadedRoute } from '../loaded-route.js';
import { definitionOf } from '../schema-children.js';
import { commandName } from './command-name.js';
import { operationId } from './operation-id.js';
import { planSchema, problemSchema } from './problem-schema.js';

/** One route as an OpenAPI operation. */
export function operationOf(route: LoadedRoute, all: readonly RouteSpec[]): ZodOpenApiOperationObject {
  const { spec, owner } = route;
  const command = commandName(spec, all);
  const operation: ZodOpenApiOperationObject = {
    operationId: operationId(spec),
    summary: spec.summary,
    tags: spec.tags ?? [firstWord(spec.path)],
    parameters: headers(spec, route.twin !== null),
    responses: responses(spec, previewable(spec)),
    security: spec.permission === 'public' ? [] : [{ bearer: [] }],
    'x-tenpanel-owner': owner,
    'x-tenpanel-permission': spec.permission,
    'x-tenpanel-command': command === null ? false : { ...command, args: argsOf(spec) },
  };
  if (spec.description) operation.description = spec.description;
  if (spec.stepUp) operation['x-tenpanel-step-up'] = true;
  const params: NonNullable<ZodOpenApiOperationObject['requestParams']> = {};
  if (spec.params) params.path = spec.params as never;
  if (spec.query) params.query = spec.query as never;
  if (spec.params || spec.query) operation.requestParams = params;
  if (spec.body) {
    const body = spec.body as z.ZodType;
    operation.requestBody = {
      required: !body.safeParse({}).success,
      content: { 'application/json': { schema: body } },
    };
  }
  return operation;
}

function firstWord(path: string): string {
  return path.split('/')[1] ?? 'panel';
}

function previewable(spec: RouteSpec): boolean {
  return spec.method !== 'GET' && spec.preview !== false && spec.transaction !== false;
}

function headers(spec: RouteSpec, comparable: boolean): ZodOpenApiParameterObject[] {
  const found: ZodOpenApiParameterObject[] = [];
  const header = (name: string, description: string): void => {
    found.push({ in: 'header', name, required: false, description, schema: { type: 'string' } });
  };
  if (spec.method === 'POST' && spec.permission !== 'public') {
    header(
      'Idempotency-Key',
      'Repeat a request safely: within 24 hours the same key gets the stored answer.',
    );
  }
  if (spec.method !== 'GET' && comparable)
    header('If-Match', 'The ETag you read; 412 when somebody has changed it since.');
  if (previewable(spec)) {
    header('Prefer', '`wait=30`: answer when the server is as wanted, or after 30 seconds.');
    found.push({
      in: 'query',
      name: 'dryRun',
      required: false,
      description: 'true: change nothing, answer what would change on the server.',
      schema: { type: 'boolean' },
    });
  }
  return found;
}

function responses(spec: RouteSpec, preview: boolean): ZodOpenApiResponsesObject {
  const status = spec.status ?? (spec.reply || spec.produces ? 200 : 204);
  const found: ZodOpenApiResponsesObject = {};
  if (spec.produces) {
    found['200'] = { description: 'Success', content: { [spec.produces]: { schema: { type: 'string' } } } };
  } else if (spec.reply) {
    const schema = spec.reply as z.ZodType;
    found[String(status) as '200'] = { description: 'Success', content: { 'application/json': { schema } } };
  } else {
    found[String(status) as '204'] = { description: 'Done' };
  }
  if (preview && (status !== 200 || !spec.reply)) {
    found['200'] = {
      description: 'With dryRun=true: what would change',
      content: { 'application/json': { schema: planSchema } },
    };
  }
  if (status === 202 && spec.reply && !preview) {
    found['200'] = {
      description: 'Success',
      content: { 'application/json': { schema: spec.reply as z.ZodType } },
    };
  }
  found.default = {
    description: 'A problem',
    content: { 'application/problem+json': { schema: problemSchema } },
  };
  return found;
}

/** What a command line needs to know without reading the schemas: path parameters first, then what must be given. */
function argsOf(spec: RouteSpec): { name: string; in: 'path' | 'query' | 'body'; required: boolean }[] {
  const found: { name: string; in: 'path' | 'query' | 'body'; required: boolean }[] = [];
  for (const [, name] of spec.path.matchAll(/\{([^}]+)\}/g))
    found.push({ name: name ?? '', in: 'path', required: true });
  for (const part of ['query', 'body'] as const) {
    const schema = spec[part] as z.ZodType | undefined;
    const shape = schema ? definitionOf(schema).shape : undefined;
    for (const [name, field] of Object.entries(shape ?? {})) {
      found.push({ name, in: part, required: field._zod.optin !== 'optional' });
    }
  }
  return found;
}
