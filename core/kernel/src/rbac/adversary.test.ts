import { query, z } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, TestPanel } from '../http/test-panel.js';
import { widgetRoutes } from '../http/test-widget-routes.js';
import { defineRoute } from '../routes/define-route.js';

/** What somebody tries who has read the code. Each case was possible once, or is what a rule forbids by name. */
let panel: TestPanel;
let admin: string;

/** Takes ids of widgets under the names that plugins use, at any depth. */
const naming = defineRoute({
  method: 'POST',
  path: '/naming',
  permission: 'widget.write',
  summary: 'Name a widget in the body',
  body: z.strictObject({
    widget: z.number().int().optional(),
    widgets: z.array(z.number().int()).optional(),
    inner: z.strictObject({ list: z.array(z.strictObject({ widgetId: z.number().int() })) }).optional(),
  }),
  query: z.strictObject({ widget: z.coerce.number().int().optional() }),
  status: 204,
  handler: () => Promise.resolve(undefined),
});

/** Forgets that its column is smaller than what it takes. */
const counting = defineRoute({
  method: 'POST',
  path: '/counting',
  permission: 'widget.write',
  summary: 'Count to a number',
  body: z.strictObject({ count: z.number().int() }),
  status: 204,
  handler: async (ctx) => void (await query(ctx.em, 'select ?::int', [ctx.body.count])),
});

beforeAll(async () => {
  panel = await TestPanel.start([...widgetRoutes(), naming, counting]);
  admin = await panel.admin();
});
afterAll(() => panel?.stop());

const make = async (token: string, label = 'w'): Promise<number> => {
  const { status, body } = await panel.ask('POST', '/api/widgets', { token, body: { label, size: 1 } });
  expect(status).toBe(202);
  return Number(body['id']);
};
const lastChange = async (token: string, objectId: number): Promise<string> => {
  const { body } = await panel.ask('GET', `/api/changes?kind=widget&objectId=${objectId}`, { token });
  return (body['items'] as unknown as { changeId: string }[])[0]?.changeId ?? '';
};
const apiToken = async (token: string, body: object = {}): Promise<string> => {
  const answer = await panel.ask('POST', '/api/tokens', { token, body: { name: 'ci', ...body } });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.body['secret']);
};

describe('a sub-user who is limited to some objects', () => {
  it('cannot name others in a body or a query either, however deep and under whatever name', async () => {
    const boss = await panel.customer(admin, 'boss@panel.test');
    const [mine, hidden] = [await make(boss.token), await make(boss.token)];
    await panel.ask('POST', '/api/users', {
      token: boss.token,
      body: {
        email: 'sub@panel.test',
        name: 'Sub',
        role: 'client',
        password: PASSWORD,
        permissions: ['widget.read', 'widget.write', 'change.read', 'change.undo'],
        scope: { widget: [mine] },
      },
    });
    const sub = await panel.login('sub@panel.test');
    const status = async (body: object, query = '') =>
      (await panel.ask('POST', `/api/naming${query}`, { token: sub, body })).status;
    expect(await status({ widget: mine, widgets: [mine], inner: { list: [{ widgetId: mine }] } })).toBe(204);
    expect(await status({ widget: hidden })).toBe(404);
    expect(await status({ widgets: [mine, hidden] })).toBe(404);
    expect(await status({ inner: { list: [{ widgetId: mine }, { widgetId: hidden }] } })).toBe(404);
    expect(await status({}, `?widget=${hidden}`)).toBe(404);
    // Nor look at their history.
    const { body } = await panel.ask('GET', '/api/changes?kind=widget', { token: sub });
    const seen = (body['items'] as unknown as { objectId: number }[]).map(({ objectId }) => objectId);
    expect([seen.includes(mine), seen.includes(hidden)]).toEqual([true, false]);
  });
});

describe('an undo', () => {
  it('takes back what one may have done oneself, never what somebody above has set', async () => {
    const client = await panel.customer(admin, 'undoer@panel.test');
    const id = await make(client.token);
    const resize = (token: string, size: number) =>
      panel.ask('PATCH', `/api/widgets/${id}`, { token, body: { size } });
    expect((await resize(admin, 3)).status).toBe(202);
    const byAdmin = await lastChange(client.token, id);
    const refused = await panel.ask('POST', `/api/changes/${byAdmin}/undo`, { token: client.token });
    expect([refused.status, refused.body['code']]).toEqual([403, 'history.notYours']);
    expect((await resize(client.token, 5)).status).toBe(202);
    const own = await lastChange(client.token, id);
    const done = await panel.ask('POST', `/api/changes/${own}/undo`, { token: client.token });
    expect(done.status, done.text).toBe(202);
    expect((await panel.ask('GET', `/api/widgets/${id}`, { token: client.token })).body['size']).toBe(3);
    // The administrator may take back what the client has done.
    expect((await resize(client.token, 7)).status).toBe(202);
    const later = await lastChange(admin, id);
    expect((await panel.ask('POST', `/api/changes/${later}/undo`, { token: admin })).status).toBe(202);
  });

  it('gives a sub-user without the right to change no way around it', async () => {
    const boss = await panel.customer(admin, 'undoboss@panel.test');
    const id = await make(boss.token);
    await panel.ask('POST', '/api/users', {
      token: boss.token,
      body: {
        email: 'reader@panel.test',
        name: 'Reader',
        role: 'client',
        password: PASSWORD,
        permissions: ['widget.read', 'change.read', 'change.undo'],
      },
    });
    const reader = await panel.login('reader@panel.test');
    const change = await lastChange(reader, id);
    expect((await panel.ask('POST', `/api/changes/${change}/undo`, { token: reader })).status).toBe(403);
  });
});

describe('an API token', () => {
  it('makes no other token, which would outlive it or work from elsewhere', async () => {
    const key = await apiToken(admin, { stepUp: true, expiresInDays: 1 });
    const answer = await panel.ask('POST', '/api/tokens', { token: key, body: { name: 'child' } });
    expect([answer.status, answer.body['code']]).toEqual([403, 'auth.notYourself']);
  });

  it('is not made by somebody who is visiting as a customer', async () => {
    const client = await panel.customer(admin, 'visited@panel.test');
    const visit = await panel.ask('POST', `/api/users/${client.id}/login-as`, { token: admin, body: {} });
    expect(visit.status).toBe(200);
    const visitor = String(visit.body['accessToken']);
    const answer = await panel.ask('POST', '/api/tokens', { token: visitor, body: { name: 'keep' } });
    expect([answer.status, answer.body['code']]).toEqual([403, 'auth.notYourself']);
  });

  it('does not meet the stored answers of another token of the same user', async () => {
    const [strong, weak] = [
      await apiToken(admin, { permissions: ['widget.read', 'widget.write'] }),
      await apiToken(admin, { permissions: ['widget.write'] }),
    ];
    const headers = { 'idempotency-key': 'the-same-key' };
    const body = { label: 'once', size: 1 };
    const first = await panel.ask('POST', '/api/widgets', { token: strong, headers, body });
    const again = await panel.ask('POST', '/api/widgets', { token: strong, headers, body });
    expect([first.status, again.body['id']]).toEqual([202, first.body['id']]);
    const other = await panel.ask('POST', '/api/widgets', { token: weak, headers, body });
    expect(other.headers['idempotency-replayed']).toBeUndefined();
    expect(other.body['id']).not.toBe(first.body['id']);
  });

  it('of a person who may do more is not revoked by somebody who may do less', async () => {
    const boss = await panel.customer(admin, 'tokenboss@panel.test');
    const made = await panel.ask('POST', '/api/tokens', { token: boss.token, body: { name: 'ci' } });
    const id = String((made.body['token'] as unknown as { id: number }).id);
    await panel.ask('POST', '/api/users', {
      token: boss.token,
      body: {
        email: 'clerk@panel.test',
        name: 'Clerk',
        role: 'client',
        password: PASSWORD,
        permissions: ['token.read', 'token.write', 'user.write'],
      },
    });
    const clerk = await panel.login('clerk@panel.test');
    expect((await panel.ask('DELETE', `/api/tokens/${id}`, { token: clerk })).status).toBe(403);
    expect((await panel.ask('DELETE', `/api/tokens/${id}`, { token: boss.token })).status).toBe(204);
  });
});

describe('a request with values that no column can hold', () => {
  it('is refused in words, and says nothing of the database', async () => {
    const forged = Buffer.from(JSON.stringify(['createdAt', 'no date', 1])).toString('base64url');
    const path = `/api/users?sort=createdAt&cursor=${forged}`;
    const answer = await panel.ask('GET', path, { token: admin });
    expect([answer.status, answer.body['code']]).toEqual([422, 'http.badCursor']);
    const large = await panel.ask('POST', '/api/counting', { token: admin, body: { count: 2 ** 52 } });
    expect([large.status, large.body['code']]).toEqual([422, 'http.outOfRange']);
    expect(large.text).not.toMatch(/integer|select|kernel\./i);
  });

  it('with a broken escape in its address is a 4xx problem, not a fault of the panel', async () => {
    for (const path of ['/api/widgets/%E0%A4%A', '/api/%', '/%c0%af', '/api/widgets/%00', '/api//widgets']) {
      const answer = await panel.ask('GET', path, { token: admin });
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
      expect(answer.headers['content-type']).toMatch(/problem\+json/);
    }
  });
});
