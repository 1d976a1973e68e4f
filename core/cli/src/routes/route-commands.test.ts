import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument, Schema } from '../api/openapi.js';
import { smallPanel } from '../testing/small-panel.js';

const id = { name: 'id', in: 'path' as const, required: true, schema: { type: 'integer' } };
const dryRun = { name: 'dryRun', in: 'query' as const, schema: { type: 'boolean' } };
const paging = ['limit', 'cursor', 'sort'].map((name) => ({
  name,
  in: 'query' as const,
  schema: { type: name === 'limit' ? 'integer' : 'string' },
}));
const json = (schema: Schema) => ({ content: { 'application/json': { schema } } });
const page: Schema = {
  type: 'object',
  properties: { items: { type: 'array', items: { type: 'object' } }, next: { type: ['string', 'null'] } },
};

const document: OpenApiDocument = {
  components: {
    schemas: {
      Php: {
        type: 'object',
        properties: { version: { type: 'string' }, memoryLimit: { type: 'integer', description: 'Bytes' } },
      },
    },
  },
  paths: {
    '/api/vhosts': {
      get: {
        summary: 'List sites',
        parameters: paging,
        responses: { 200: json(page) },
        'x-tenpanel-command': { noun: 'vhosts', verb: 'list' },
      },
      post: {
        summary: 'Make a site',
        parameters: [dryRun],
        requestBody: json({
          type: 'object',
          required: ['domain', 'accountId'],
          properties: {
            domain: { type: 'string' },
            accountId: { type: 'integer' },
            aliases: { type: 'array', items: { type: 'string' }, default: [] },
            type: { type: 'string', enum: ['php', 'static'] },
            https: { type: 'boolean' },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
            php: { $ref: '#/components/schemas/Php' },
            limits: { type: 'object', additionalProperties: { type: ['integer', 'null'] } },
            noIndex: { type: 'boolean' },
            json: { type: 'string' },
          },
        }),
        responses: { 201: json({ type: 'object' }) },
        'x-tenpanel-command': { noun: 'vhosts', verb: 'create' },
      },
    },
    '/api/vhosts/{id}': {
      get: {
        parameters: [id],
        responses: { 200: json({ type: 'object' }) },
        'x-tenpanel-command': { noun: 'vhosts', verb: 'show' },
      },
      delete: {
        parameters: [id],
        responses: { 204: {} },
        'x-tenpanel-command': { noun: 'vhosts', verb: 'delete' },
      },
    },
    '/api/accounts': { get: { parameters: paging, responses: { 200: json(page) } } },
    '/api/accounts/{id}/suspend': {
      post: {
        parameters: [id],
        requestBody: json({ type: 'object', properties: { reason: { type: 'string' } } }),
        responses: { 200: {} },
      },
    },
    '/api/accounts/{id}/busy': { post: { parameters: [id], responses: { 200: {} } } },
    '/api/backups': { post: { responses: { 202: json({ type: 'object' }) } } },
    '/api/secret': { get: { responses: {}, 'x-tenpanel-command': false } },
  },
};

const problem =
  (status: number, more: object) => (_request: unknown, response: import('node:http').ServerResponse) => {
    response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ status, title: 'x', ...more }));
  };

let looks = 0;
let panel: Awaited<ReturnType<typeof smallPanel>>;
beforeAll(async () => {
  panel = await smallPanel(document, {
    'GET /api/vhosts': ({ query }) =>
      query.get('cursor') === null
        ? {
            items: [{ id: 1, domain: 'a.test', status: 'active', spec: { x: 1 }, createdAt: '2026-01-01' }],
            next: 'page2',
          }
        : {
            items: [{ id: 2, domain: 'b\u001b[31m.test', status: 'degraded', createdAt: '2026-01-02' }],
            next: null,
          },
    'POST /api/vhosts': ({ body, query }, response) => {
      if (query.get('dryRun'))
        return {
          changes: [
            {
              absolute: '/etc/x.conf',
              action: 'create',
              diff: '--- a\n+++ b\n@@ -0,0 +1 @@\n+new\n',
              resource: 'vhost/3',
            },
          ],
        };
      response.writeHead(202, { 'content-type': 'application/json', location: '/api/vhosts/3' });
      response.end(JSON.stringify({ id: 3, status: 'provisioning', ...(body as object) }));
      return undefined;
    },
    'GET /api/vhosts/3': () => (
      (looks += 1),
      looks < 2 ? { id: 3, status: 'provisioning' } : { id: 3, domain: 'new.test', status: 'active' }
    ),
    'GET /api/vhosts/7': problem(404, { detail: 'There is no such site.', code: 'kernel.notFound' }),
    'DELETE /api/vhosts/1': (_request, response) => void response.writeHead(204).end(),
    'GET /api/accounts': () => ({ items: [{ id: 41, name: 'shop' }], next: null }),
    'POST /api/accounts/41/suspend': problem(409, {
      detail: 'It is suspended already.',
      code: 'account.suspended',
    }),
    'POST /api/accounts/41/busy': problem(403, { detail: 'You may not do this.', code: 'http.forbidden' }),
    'POST /api/backups': (_request, response) => {
      response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ jobId: 'j1' }));
    },
    'GET /api/jobs/j1/events': (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: progress\ndata: {"percent": 40, "message": "packing home"}\n\n');
      response.end('event: end\ndata: {"state": "failed"}\n\n');
    },
    'GET /api/jobs/j1': () => ({ id: 'j1', state: 'failed', error: 'The target is full.' }),
  });
});
afterAll(() => panel.close());

describe('a route as a command', () => {
  it('turns options into the body, with types, lists, nested objects, sizes and names instead of ids', async () => {
    const { exitCode, received, out } = await panel.run(
      (
        'vhosts create --domain new.test --account shop --aliases www.new.test --aliases m.new.test --type php --https --note none ' +
        '--php.version 8.2 --php.memory-limit 256M --limits disk=10G --limits.sites null --limits.io-read=5M --field.no-index --field.json x'
      ).split(' '),
    );
    expect(exitCode).toBe(0);
    const post = received.find(({ method }) => method === 'POST');
    expect(post?.body).toEqual({
      domain: 'new.test',
      accountId: 41,
      aliases: ['www.new.test', 'm.new.test'],
      type: 'php',
      https: true,
      note: null,
      php: { version: '8.2', memoryLimit: 268_435_456 },
      limits: { disk: 10_737_418_240, sites: null, ioRead: 5_242_880 },
      noIndex: true,
      json: 'x',
    });
    expect(post?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(post?.headers.prefer).toBe('wait=30');
    // It waited until the site was active.
    expect(out).toContain('active');
  });

  it('passes hostile values through as data', async () => {
    const hostile = [
      '$(reboot)',
      '`id`',
      '; rm -rf /',
      '--json',
      '__proto__',
      'a\nb',
      '../../etc/passwd',
      '\'"\\',
    ];
    for (const domain of hostile) {
      const { received } = await panel.run([
        'vhosts',
        'create',
        '--no-wait',
        '--account-id',
        '41',
        '--domain',
        domain,
        '--aliases',
        domain,
      ]);
      expect(received[0]?.body).toEqual({ domain, accountId: 41, aliases: [domain] });
    }
    const { received } = await panel.run([
      'vhosts',
      'create',
      '--no-wait',
      '--account-id',
      '41',
      '--domain',
      'a.test',
      '--limits',
      '__proto__=1',
    ]);
    expect(JSON.stringify(received[0]?.body)).toContain('"limits":{"__proto__":1}');
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  it('quotes a path argument, so that it cannot name another route', async () => {
    const { received } = await panel.run(['accounts', 'suspend', '41/../../vhosts/1', '--reason', 'x']);
    expect(received.every(({ path }) => path === '/api/accounts')).toBe(true);
  });

  it('shows a list as a table, all pages on request, without letting data steer the terminal', async () => {
    const { out, notes } = await panel.run(['vhosts', 'list']);
    expect(out.split('\n')[0]).toMatch(/^ID +DOMAIN +STATUS +CREATED AT$/);
    expect(notes).toContain('--cursor page2');
    const all = await panel.run(['vhosts', 'list', '--all']);
    expect(all.out).toContain('b\\x1b[31m.test');
    expect(all.out).not.toContain('\u001b');
    const asJson = await panel.run(['vhosts', 'list', '--all', '--json']);
    expect((JSON.parse(asJson.out) as { items: unknown[] }).items).toHaveLength(2);
  });

  it('says what is not shown on a narrow terminal', async () => {
    const { out } = await panel.run(['vhosts', 'list'], 16);
    expect(out).toContain('not shown: status, createdAt');
  });

  it('shows the diff of a dry run and sends nothing else', async () => {
    const { out, received, exitCode } = await panel.run([
      'vhosts',
      'create',
      '--domain',
      'x.test',
      '--account-id',
      '1',
      '--dry-run',
    ]);
    expect(exitCode).toBe(0);
    expect(out).toBe('--- a\n+++ b\n@@ -0,0 +1 @@\n+new');
    expect(received.map(({ query }) => query.get('dryRun'))).toEqual(['true']);
  });

  it('asks before it takes something away, and needs --yes without a terminal', async () => {
    const refused = await panel.run(['vhosts', 'delete', '1']);
    expect([refused.exitCode, refused.received.length]).toEqual([2, 0]);
    expect(refused.notes).toContain('--yes');
    const done = await panel.run(['vhosts', 'delete', '1', '--yes']);
    expect([done.exitCode, done.received[0]?.method]).toEqual([0, 'DELETE']);
  });

  it('takes a whole body as JSON, which options override', async () => {
    const { received } = await panel.run([
      'vhosts',
      'create',
      '--no-wait',
      '--json-body',
      '{"domain":"a.test","accountId":1,"php":{"version":"7.4"}}',
      '--php.version',
      '8.4',
    ]);
    expect(received[0]?.body).toEqual({ domain: 'a.test', accountId: 1, php: { version: '8.4' } });
  });

  it('follows a job and fails with it', async () => {
    const { exitCode, notes } = await panel.run(['backups', 'create']);
    expect(exitCode).toBe(8);
    expect(notes).toContain('40 % packing home');
    expect(notes).toContain('The target is full.');
  });

  it('has no command for a route that wants none, and help for the others', async () => {
    expect((await panel.run(['secret', 'list'])).exitCode).toBe(2);
    const { out, exitCode } = await panel.run(['vhosts', 'create', '--help']);
    expect(exitCode).toBe(0);
    expect(out).toContain('--php.memory-limit <integer>');
    expect(out).toMatch(/--type <string>\s+one of php, static/);
  });
});

describe('exit codes', () => {
  it.each([
    ['usage', ['vhosts', 'create', '--domain', 'x.test'], 2, '--account-id is missing'],
    ['usage: unknown option', ['vhosts', 'list', '--nonsense'], 2, 'unknown option'],
    [
      'usage: a value outside the list',
      ['vhosts', 'create', '--domain', 'x', '--account-id', '1', '--type', 'perl'],
      2,
      'not one of php, static',
    ],
    ['refused', ['accounts', 'busy', '41'], 3, 'You may not do this.'],
    ['not found', ['vhosts', 'show', '7'], 4, 'There is no such site.'],
    ['not found by name', ['accounts', 'suspend', 'nobody', '--reason', 'x'], 4, 'is called "nobody"'],
    ['conflict', ['accounts', 'suspend', 'shop', '--reason', 'x'], 5, '[account.suspended]'],
  ])('%s', async (_name, argv, exitCode, words) => {
    const ran = await panel.run(argv);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.notes).toContain(words);
  });

  it('validation: names the option to fix', async () => {
    const strict = await smallPanel(document, {
      'POST /api/vhosts': problem(422, {
        detail: 'A value cannot be taken.',
        code: 'http.invalid',
        errors: [
          {
            in: 'body',
            path: ['php', 'version'],
            pointer: '/php/version',
            message: 'Choose one of 8.4, 8.2.',
          },
        ],
      }),
    });
    const ran = await strict.run([
      'vhosts',
      'create',
      '--domain',
      'x.test',
      '--account-id',
      '1',
      '--php.version',
      '5.3',
    ]);
    expect(ran.exitCode).toBe(6);
    expect(ran.notes).toContain('--php.version: Choose one of 8.4, 8.2.');
    await strict.close();
  });

  it('unreachable: says how to start the panel', async () => {
    const gone = await smallPanel(document, {});
    await gone.close();
    const ran = await gone.run(['vhosts', 'list']);
    expect(ran.exitCode).toBe(7);
    expect(ran.notes).toContain('tenpanel start');
  });
});
