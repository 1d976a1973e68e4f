import { createHmac } from 'node:crypto';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Accounts } from '@tenpanel/sdk';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { createGuardedHttp } from '../net/create-guarded-http.js';
import { createOutbox, type KernelOutbox } from '../outbox/create-outbox.js';
import { poisonedDeliveries } from '../outbox/deliveries.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createSecretBox } from '../secrets/create-secret-box.js';
import { createTenant } from '../tenants/tenants.js';
import { createWebhooks, type Webhooks } from './create-webhooks.js';

interface Received {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

let database: TestDatabase;
let db: KernelDatabase;
let outbox: KernelOutbox;
let webhooks: Webhooks;
let server: https.Server;
let base: string;
const received: Received[] = [];
const answers: number[] = [];

beforeAll(async () => {
  const certificate = await generate([{ name: 'commonName', value: 'hook.example.com' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'hook.example.com' }] }],
  });
  server = https.createServer({ key: certificate.private, cert: certificate.cert }, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `https://hook.example.com:${(server.address() as AddressInfo).port}`;
  database = await createTestDatabase();
  db = await createDatabase({ url: database.appUrl, log: silentLog });
  outbox = createOutbox({ db, log: silentLog, attempts: 3, backOffSeconds: { first: 0.02, most: 0.05 } });
  webhooks = createWebhooks({
    db,
    outbox,
    secrets: createSecretBox(Buffer.alloc(32, 3)),
    http: createGuardedHttp({
      resolve: async () => ['127.0.0.1'],
      allow: () => true,
      ca: [certificate.cert],
    }),
    accounts: () =>
      ({
        get: async (_: unknown, id: number) => (id === 5 ? { tenantId: client } : null),
      }) as unknown as Accounts,
    log: silentLog,
  });
  await outbox.work();
  await db.transaction('/', async (em) => {
    reseller = (await createTenant(em, { parentId: 1, kind: 'reseller', name: 'R' })).id;
    client = (await createTenant(em, { parentId: reseller, kind: 'client', name: 'C' })).id;
    stranger = (await createTenant(em, { parentId: 1, kind: 'client', name: 'S' })).id;
  });
});

let reseller: number;
let client: number;
let stranger: number;

beforeEach(async () => {
  received.length = 0;
  answers.length = 0;
  await db.transaction('/', (em) => sql(em, 'delete from kernel.webhook_endpoints'));
});

afterAll(async () => {
  await outbox?.stop();
  server?.closeAllConnections();
  server?.close();
  await db?.close();
  await database?.drop();
});

const add = (tenantId: number, events: string[], path: string) =>
  db.transaction('/', (em) => webhooks.create(em, tenantId, { url: `${base}${path}`, events }));
const fact = (name: string, payload: unknown) =>
  db.transaction('/', (em) => outbox.publish(em, `hook:${name}`, payload));
const settled = () =>
  expect
    .poll(
      () =>
        db.read('/', (em) =>
          sql(
            em,
            `select 1 from kernel.outbox_deliveries where state = 'waiting' union all select 1 from kernel.outbox where not dispatched`,
          ),
        ),
      { timeout: 10_000 },
    )
    .toEqual([]);

describe('outbound webhooks', () => {
  it('sends an event with a signature that its secret proves', async () => {
    const { secret } = await add(1, ['account.create'], '/one');
    await fact('account.create', { accountId: 5, name: 'alice' });
    await settled();
    expect(received).toHaveLength(1);
    const { headers, body } = received[0]!;
    expect(JSON.parse(body)).toMatchObject({
      event: 'account.create',
      data: { accountId: 5, name: 'alice' },
    });
    const timestamp = String(headers['x-tenpanel-timestamp']);
    expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(30);
    expect(headers['x-tenpanel-signature']).toBe(
      `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
    );
    expect(headers['x-tenpanel-delivery']).toBe((JSON.parse(body) as { id: string }).id);
  });

  it('tells a tenant and those above it, nobody else', async () => {
    await add(1, ['*'], '/provider');
    await add(reseller, ['account.*'], '/reseller');
    await add(client, ['account.create'], '/client');
    await add(stranger, ['*'], '/stranger');
    await add(client, ['site.create'], '/other-event');
    await fact('account.create', { accountId: 5 });
    await settled();
    expect(received.map(({ path }) => path).sort()).toEqual(['/client', '/provider', '/reseller']);
    received.length = 0;
    await fact('account.create', { tenantId: stranger });
    await fact('panel.update', {});
    await settled();
    expect(received.map(({ path }) => path).sort()).toEqual(['/provider', '/provider', '/stranger']);
  });

  it('tries again with the same delivery id, keeps a log, and gives up with the reason', async () => {
    const { id } = await add(1, ['*'], '/flaky');
    answers.push(500, 503);
    await fact('account.create', { accountId: 5 });
    await settled();
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers['x-tenpanel-delivery'])).size).toBe(1);
    const log = await db.read('/', (em) =>
      sql(
        em,
        'select attempt, status, error from kernel.webhook_deliveries where endpoint_id = $1 order by id',
        [id],
      ),
    );
    expect(log).toEqual([
      { attempt: 1, status: 500, error: 'The endpoint answered with 500.' },
      { attempt: 2, status: 503, error: 'The endpoint answered with 503.' },
      { attempt: 3, status: 204, error: null },
    ]);
    answers.push(500, 500, 500);
    await fact('account.create', { accountId: 5 });
    await settled();
    expect(await db.read('/', (em) => poisonedDeliveries(em))).toMatchObject([
      { consumer: 'kernel:webhook-send', reason: 'The endpoint answered with 500.' },
    ]);
  });

  it('keeps the secret sealed, and ends the old one when it is rotated', async () => {
    const { id, secret } = await add(1, ['*'], '/rotate');
    const [row] = await db.read('/', (em) =>
      sql<{ secret: string }>(em, 'select secret from kernel.webhook_endpoints where id = $1', [id]),
    );
    expect(row?.secret).toMatch(/^v1\./);
    expect(row?.secret).not.toContain(secret);
    const rotated = await db.transaction('/', (em) => webhooks.rotateSecret(em, id));
    await fact('account.create', {});
    await settled();
    const { headers, body } = received[0]!;
    expect(headers['x-tenpanel-signature']).toBe(
      `v1=${createHmac('sha256', rotated.secret)
        .update(`${String(headers['x-tenpanel-timestamp'])}.${body}`)
        .digest('hex')}`,
    );
  });

  it('sends nothing to an endpoint that is switched off, and refuses wrong input', async () => {
    const { id } = await add(1, ['*'], '/off');
    await db.transaction('/', (em) =>
      webhooks.update(em, id, { url: `${base}/off`, events: ['*'], enabled: false }),
    );
    await fact('account.create', {});
    await settled();
    expect(received).toEqual([]);
    for (const [url, events] of [
      ['http://example.com', ['*']],
      ['https://u:p@example.com', ['*']],
      ['https://example.com', []],
      ['https://example.com', ['a b']],
    ] as const) {
      await expect(
        db.transaction('/', (em) => webhooks.create(em, 1, { url, events: [...events] })),
      ).rejects.toMatchObject({ status: 422 });
    }
  });

  it('keeps the endpoints of others out of reach', async () => {
    const { id } = await add(stranger, ['*'], '/x');
    const path = `/${reseller}/`;
    await expect(db.transaction(path, (em) => webhooks.remove(em, id))).rejects.toMatchObject({
      status: 404,
    });
    await expect(db.transaction(path, (em) => webhooks.rotateSecret(em, id))).rejects.toMatchObject({
      status: 404,
    });
    await expect(
      db.transaction(path, (em) => webhooks.create(em, stranger, { url: base, events: ['*'] })),
    ).rejects.toThrow('row-level security');
  });
});
