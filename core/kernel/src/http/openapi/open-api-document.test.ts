import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPanel } from '../test-panel.js';
import { widgetRoutes } from '../test-widget-routes.js';
import { commandName } from './command-name.js';

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: { in: string; name: string; required?: boolean; schema: Record<string, unknown> }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
  security: unknown[];
  'x-tenpanel-command':
    false | { noun: string; verb: string; args: { name: string; in: string; required: boolean }[] };
  'x-tenpanel-permission': string;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
}

let panel: TestPanel;
let document: Document;
const operations = (): { path: string; method: string; operation: Operation }[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

beforeAll(async () => {
  panel = await TestPanel.start(widgetRoutes());
  document = (await panel.ask('GET', '/api/openapi.json')).body as unknown as Document;
});
afterAll(() => panel?.stop());

describe('the OpenAPI document', () => {
  it('is 3.1, has every route once, and every reference in it leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations()).toHaveLength(panel.kernel.registry.routes.length);
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, ref] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
      const parts = (ref ?? '').replace('#/', '').split('/');
      const target = parts.reduce<unknown>(
        (at, key) => (at as Record<string, unknown> | undefined)?.[key],
        document,
      );
      expect(target, ref).toBeDefined();
    }
  });

  it('declares each parameter of a path, a schema for each body, and problem+json for failures', () => {
    for (const { path, method, operation } of operations()) {
      const name = `${method} ${path}`;
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(declared.map((one) => one.name).sort(), name).toEqual(
        [...path.matchAll(/\{([^}]+)\}/g)].map(([, key]) => key).sort(),
      );
      expect(
        declared.every((one) => one.required === true && Object.keys(one.schema).length > 0),
        name,
      ).toBe(true);
      expect(operation.responses['default']?.content?.['application/problem+json']?.schema, name).toEqual({
        $ref: '#/components/schemas/Problem',
      });
      expect(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        name,
      ).toBe(true);
      expect(operation.summary.length, name).toBeGreaterThan(5);
      const body = operation.requestBody?.content['application/json']?.schema;
      if (body && !('$ref' in body))
        expect(body['additionalProperties'] ?? (body['anyOf'] ? false : undefined), name).toBe(false);
    }
  });

  it('says which permission opens a route, and which need no sign-in', () => {
    const open = operations().filter(({ operation }) => operation.security.length === 0);
    expect(open.map(({ path }) => path).sort()).toEqual([
      '/api/auth/login',
      '/api/auth/logout',
      '/api/auth/refresh',
      '/api/messages/{language}',
    ]);
    expect(document.paths['/api/widgets']?.['post']?.['x-tenpanel-permission']).toBe('widget.write');
  });

  it('names the command of every route, each once', () => {
    const named = operations().flatMap(({ operation }) =>
      operation['x-tenpanel-command'] === false ? [] : [operation['x-tenpanel-command']],
    );
    const names = named.map(({ noun, verb }) => `${noun} ${verb}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining([
        'widgets list',
        'widgets show',
        'widgets create',
        'widgets update',
        'widgets delete',
        'widgets polish',
        'users create',
        'me show',
        'audit list',
        'audit verify',
        'settings set',
        'changes undo',
        'plan show',
      ]),
    );
    expect(document.paths['/api/widgets/{id}/polish']?.['post']?.['x-tenpanel-command']).toMatchObject({
      args: [{ name: 'id', in: 'path', required: true }],
    });
  });
});

describe('the name of a command', () => {
  const route = (method: string, path: string) => ({ method, path }) as never;
  it('takes a collection inside an object as a noun of its own', () => {
    const all = [
      route('GET', '/zones/{id}/records'),
      route('POST', '/zones/{id}/records'),
      route('DELETE', '/zones/{id}/records/{record}'),
    ];
    expect(all.map((one) => commandName(one, all))).toEqual([
      { noun: 'zones-records', verb: 'list' },
      { noun: 'zones-records', verb: 'create' },
      { noun: 'zones-records', verb: 'delete' },
    ]);
  });
});

describe('the API’s own page', () => {
  it('is shown under a strict policy, with nothing inline and nothing from elsewhere', async () => {
    const page = await panel.ask('GET', '/api/docs');
    const nonce = /script-src 'self' 'nonce-([\w-]+)'/.exec(
      String(page.headers['content-security-policy']),
    )?.[1];
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    for (const [, attributes, inline] of page.text.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
      expect(attributes).toContain(`nonce="${nonce}"`);
      expect(inline).toBe('');
    }
    for (const [, address] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const file = await panel.ask('GET', String(address));
      expect([address, file.status, file.headers['x-content-type-options']]).toEqual([
        address,
        200,
        'nosniff',
      ]);
    }
    expect((await panel.ask('GET', '/api/docs/package.json')).status).toBe(404);
  });
});
