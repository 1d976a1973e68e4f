import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPanel } from './test-panel.js';
import { widgetRoutes } from './test-widget-routes.js';

let panel: TestPanel;
let admin: string;

beforeAll(async () => {
  panel = await TestPanel.start(widgetRoutes(), {
    preview: (_, touched) =>
      Promise.resolve(
        touched.map(({ kind, id }) => ({
          absolute: `/etc/${kind}-${id}.conf`,
          action: 'create' as const,
          diff: '+size',
          resource: `${kind}/${id}`,
        })),
      ),
  });
  admin = await panel.admin();
});
afterAll(() => panel?.stop());

const create = (body: object, headers: Record<string, string> = {}, path = '/api/widgets') =>
  panel.ask('POST', path, { token: admin, body, headers });
const fieldsOf = (answer: { body: Record<string, unknown> }) =>
  answer.body['errors'] as unknown as { path: unknown[]; pointer: string; code: string; in: string }[];

describe('what comes in', () => {
  it('is refused with every wrong field, its place and a code', async () => {
    const answer = await create({ label: 'a', size: 99, colour: 'red', parts: [{ name: 1 }] });
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status: 422,
      code: 'http.invalid',
      requestId: answer.headers['x-request-id'],
    });
    expect(fieldsOf(answer)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ in: 'body', path: ['size'], pointer: '/size', code: 'http.tooBig' }),
        expect.objectContaining({ path: ['colour'], code: 'http.unknownField' }),
        expect.objectContaining({ path: ['parts', 0, 'name'], pointer: '/parts/0/name' }),
      ]),
    );
    expect((await panel.ask('GET', '/api/widgets?colour=red', { token: admin })).status).toBe(422);
    expect((await panel.ask('GET', '/api/widgets/abc', { token: admin })).status).toBe(422);
    expect((await panel.ask('GET', '/api/widgets?limit=1&limit=2', { token: admin })).status).toBe(422);
  });

  it('may hold line breaks only where the schema says so, and never a key of a prototype', async () => {
    for (const label of ['a\nb', 'a\u0000', 'a\u2028b'])
      expect(fieldsOf(await create({ label, size: 1 }))[0]?.code).toBe('http.controlCharacter');
    expect((await create({ label: 'notes', size: 1, notes: 'one\ntwo' })).status).toBe(202);
    expect((await create({ label: 'notes', size: 1, notes: 'bell\u0007' })).status).toBe(422);
    const raw = (text: string) => panel.ask('POST', '/api/widgets', { token: admin, raw: text });
    expect(fieldsOf(await raw('{"label":"a","size":1,"__proto__":{"admin":true}}'))[0]?.code).toBe(
      'http.badKey',
    );
    expect((await raw('{"label":"a",')).body['code']).toBe('http.badJson');
    expect((await panel.ask('GET', '/api/widgets?label=a%0Ab', { token: admin })).status).toBe(422);
    expect((await raw(`${'['.repeat(50)}${']'.repeat(50)}`)).status).toBe(422);
  });

  it('must be JSON of a bearable size', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(
      (await panel.ask('POST', '/api/widgets', { token: admin, raw: 'label=a', headers: form })).status,
    ).toBe(415);
    expect((await create({ label: 'a'.repeat(2_000_000), size: 1 })).status).toBe(413);
    expect(
      (await panel.ask('POST', '/api/widgets/1/polish', { token: admin, body: { extra: 1 } })).status,
    ).toBe(422);
  });

  it('gets 404 for an unknown address, 405 with Allow for an unknown method, 401 without a token', async () => {
    expect((await panel.ask('GET', '/api/nothing', { token: admin })).body['code']).toBe('kernel.notFound');
    const answer = await panel.ask('PUT', '/api/widgets', { token: admin });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
    expect((await panel.ask('GET', '/api/widgets')).status).toBe(401);
    expect((await panel.ask('GET', '/api//widgets', { token: admin })).status).toBe(404);
    expect((await panel.ask('GET', '/api/widgets/%E0%A4%A', { token: admin })).status).toBeLessThan(500);
  });
});

describe('a failure', () => {
  it('says nothing of the inside', async () => {
    panel.kernel.registry.jobs.clear();
    const answer = await panel.ask('GET', '/api/audit?cursor=WyJpZCIsMSwxXQ&sort=-id', { token: admin });
    expect(answer.status).toBe(200);
    const broken = await panel.ask('GET', '/api/plan', { token: admin });
    expect(broken.status).toBe(501);
    expect(JSON.stringify(broken.body)).not.toMatch(/node_modules|\.ts|select /);
  });

  it('is told in the language of the reader', async () => {
    const answer = await panel.ask('GET', '/api/widgets/999999', {
      token: admin,
      headers: { 'accept-language': 'de-AT,en;q=0.5' },
    });
    expect(answer.headers['content-language']).toBe('de');
    expect(answer.body['detail']).toMatch(/gibt es nicht/);
  });
});

describe('a repeated POST', () => {
  it('with the same key gets the first answer and does nothing again; another body is refused', async () => {
    const key = { 'idempotency-key': 'order-1' };
    const first = await create({ label: 'once', size: 1 }, key);
    const second = await create({ label: 'once', size: 1 }, key);
    expect(second.body['id']).toBe(first.body['id']);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect((await create({ label: 'twice', size: 1 }, key)).body['code']).toBe('http.idempotencyReused');
    const list = await panel.ask('GET', '/api/widgets?label=once', { token: admin });
    expect(list.body['items']).toHaveLength(1);
  });

  it('at the same moment is done once', async () => {
    const key = { 'idempotency-key': 'order-2' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => create({ label: 'race', size: 1 }, key)),
    );
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
  });

  it('after a failure is done anew, and after a day the key is free', async () => {
    const key = { 'idempotency-key': 'order-3' };
    expect((await create({ label: 'bad', size: 99 }, key)).status).toBe(422);
    const good = await create({ label: 'good', size: 1 }, key);
    expect(good.status).toBe(202);
    panel.now += 86_400_001;
    admin = await panel.login('admin@panel.test');
    expect((await create({ label: 'good', size: 1 }, key)).body['id']).not.toBe(good.body['id']);
  });
});

describe('a change of something read before', () => {
  it('passes with the ETag that was read and is 412 when somebody was faster', async () => {
    const made = await create({ label: 'tag', size: 1 });
    const path = `/api/widgets/${String(made.body['id'])}`;
    const read = await panel.ask('GET', path, { token: admin });
    const tag = String(read.headers.etag);
    expect((await panel.ask('GET', path, { token: admin, headers: { 'if-none-match': tag } })).status).toBe(
      304,
    );
    const change = (size: number) =>
      panel.ask('PATCH', path, { token: admin, body: { size }, headers: { 'if-match': tag } });
    const both = await Promise.all([change(2), change(3)]);
    expect(both.map(({ status }) => status).sort()).toEqual([202, 412]);
    expect((await panel.ask('PATCH', path, { token: admin, body: { size: 4 } })).status).toBe(202);
  });
});

describe('a dry run', () => {
  it('answers the plan and the result, and leaves nothing: no row, no audit, no agent call', async () => {
    const rows = (await panel.audit()).length;
    const answer = await create({ label: 'dry', size: 1 }, {}, '/api/widgets?dryRun=true');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      dryRun: true,
      plan: [{ action: 'create', diff: '+size' }],
      result: { label: 'dry' },
    });
    expect((await panel.ask('GET', '/api/widgets?label=dry', { token: admin })).body['items']).toEqual([]);
    expect((await panel.audit()).length).toBe(rows);
    const made = await create({ label: 'shine', size: 1 });
    panel.asked.length = 0;
    const acted = await panel.ask('POST', `/api/widgets/${String(made.body['id'])}/polish?dryRun=true`, {
      token: admin,
    });
    expect([acted.body['code'], panel.asked]).toEqual(['http.noPreview', []]);
    expect((await panel.ask('POST', '/api/users?dryRun=true', { token: admin, body: {} })).status).toBe(422);
  });
});

describe('a list', () => {
  it('is read page by page in the wanted order without losing or repeating a row', async () => {
    for (const label of ['c', 'a', 'b', 'a', 'c']) await create({ label: `page-${label}`, size: 5 });
    const seen: string[] = [];
    let cursor: unknown = null;
    do {
      const more = cursor === null ? '' : `&cursor=${String(cursor)}`;
      const answer = await panel.ask('GET', `/api/widgets?limit=2&sort=-label${more}`, { token: admin });
      expect(answer.status).toBe(200);
      for (const item of answer.body['items'] as unknown as { id: number; label: string }[])
        if (item.label.startsWith('page-')) seen.push(item.label);
      cursor = answer.body['next'];
    } while (cursor !== null);
    expect(seen).toEqual(['page-c', 'page-c', 'page-b', 'page-a', 'page-a']);
    expect((await panel.ask('GET', '/api/widgets?sort=size', { token: admin })).body['code']).toBe(
      'http.notSortable',
    );
    expect((await panel.ask('GET', '/api/widgets?cursor=x', { token: admin })).body['code']).toBe(
      'http.badCursor',
    );
  });
});

describe('every change', () => {
  it('leaves exactly one audit row, also when it is refused or fails', async () => {
    const customer = await panel.customer(admin, 'audited@panel.test');
    const before = (await panel.audit()).length;
    const made = await panel.ask('POST', '/api/widgets', {
      token: customer.token,
      body: { label: 'seen', size: 1 },
    });
    await panel.ask('POST', '/api/widgets', { token: customer.token, body: { label: 'seen', size: 99 } });
    await panel.ask('POST', `/api/widgets/${String(made.body['id'])}/polish`, { token: customer.token });
    await panel.ask('GET', '/api/widgets', { token: customer.token });
    await panel.ask('POST', '/api/widgets', { body: { label: 'nobody', size: 1 } });
    const rows = (await panel.audit()).slice(before);
    expect(rows.map(({ action, outcome, actor }) => [action, outcome, actor])).toEqual([
      ['POST /widgets', 'ok', 'audited@panel.test'],
      ['POST /widgets', 'failed', 'audited@panel.test'],
      ['POST /widgets/{id}/polish', 'denied', 'audited@panel.test'],
    ]);
    expect(rows[0]?.object).toBe(`widget/${String(made.body['id'])}`);
    expect((await panel.ask('GET', '/api/audit/verify', { token: admin })).body).toMatchObject({
      brokenAt: null,
    });
  });

  it('is not made when its audit row cannot be written', async () => {
    const { write } = panel.kernel.audit;
    panel.kernel.audit.write = () => Promise.reject(new Error('disk full'));
    const answer = await create({ label: 'unaudited', size: 1 });
    panel.kernel.audit.write = write;
    expect(answer.status).toBe(500);
    expect((await panel.ask('GET', '/api/widgets?label=unaudited', { token: admin })).body['items']).toEqual(
      [],
    );
  });
});

describe('waiting for the server', () => {
  it('answers the finished resource, or the unfinished one when the time is up', async () => {
    const impatient = await create({ label: 'slow', size: 1 }, { prefer: 'wait=1' });
    expect([impatient.status, impatient.body['status']]).toEqual([202, 'provisioning']);
    const worker = setInterval(() => {
      void panel.db.transaction('/', (em) =>
        em
          .getConnection()
          .execute(
            'update plg_widgets.widget set observed_generation = generation',
            [],
            'run',
            em.getTransactionContext(),
          ),
      );
    }, 100);
    const patient = await create({ label: 'quick', size: 1 }, { prefer: 'respond-async, wait=10' });
    clearInterval(worker);
    expect([patient.status, patient.body['status'], patient.headers['preference-applied']]).toEqual([
      200,
      'active',
      'wait=10',
    ]);
  });
});
