import { get as httpGet, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSpec } from '@tenpanel/sdk';
import { z } from 'zod';
import { TestPanel } from '../http/test-panel.js';
import { widgetRoutes } from '../http/test-widget-routes.js';
import { notifyResource } from '../http/test-notify.js';
import { localActor } from '../rbac/local-actor.js';

let panel: TestPanel;
let admin: string;

beforeAll(async () => {
  panel = await TestPanel.start(widgetRoutes(), {
    preview: (_, touched) =>
      Promise.resolve(
        touched.map(({ kind, id }) => ({ absolute: `/${kind}/${id}`, action: 'change', diff: '' })),
      ),
  });
  const paint: JobSpec<Record<string, never>> = {
    name: 'widgets.paint',
    title: 'Paint widgets',
    input: z.strictObject({}),
    run: async (_, ctx) => {
      await ctx.progress(50, 'half way');
      await ctx.progress(100, 'done');
    },
  };
  panel.kernel.jobs.register('widgets', paint);
  panel.kernel.registry.jobs.set(paint.name, { owner: 'widgets', spec: paint as JobSpec<unknown> });
  admin = await panel.admin();
});
afterAll(() => panel?.stop());

/** Lines of an event stream until `stop` is content or the panel ends it. */
async function follow(
  path: string,
  token: string,
  stop: (text: string) => boolean,
  headers: Record<string, string> = {},
): Promise<string> {
  const message = await new Promise<IncomingMessage>((resolve, reject) =>
    httpGet(
      `${panel.url}${path}`,
      { headers: { authorization: `Bearer ${token}`, ...headers }, agent: false },
      resolve,
    ).on('error', reject),
  );
  expect([message.statusCode, message.headers['content-type']]).toEqual([200, 'text/event-stream']);
  let text = '';
  for await (const chunk of message) {
    text += String(chunk);
    if (stop(text)) break;
  }
  message.destroy();
  return text;
}

describe('settings', () => {
  it('are listed with their schema, changed within it, and put back', async () => {
    const path = '/api/settings/kernel/metrics.loopback';
    expect((await panel.ask('GET', path, { token: admin })).body).toMatchObject({
      value: false,
      isDefault: true,
    });
    expect((await panel.ask('PUT', path, { token: admin, body: { value: 'perhaps' } })).body['code']).toBe(
      'settings.invalid',
    );
    expect((await panel.ask('GET', '/metrics')).status).toBe(404);
    expect((await panel.ask('PUT', path, { token: admin, body: { value: true } })).body).toMatchObject({
      value: true,
      isDefault: false,
    });
    expect((await panel.ask('GET', '/metrics')).text).toMatch(/tenpanel_users\{role="admin"\} 1/);
    expect((await panel.ask('DELETE', path, { token: admin })).status).toBe(204);
    expect((await panel.ask('GET', '/metrics')).status).toBe(404);
    expect((await panel.ask('GET', '/api/settings/kernel/worker.heartbeat', { token: admin })).status).toBe(
      404,
    );
    const client = await panel.customer(admin, 'settings@panel.test');
    expect((await panel.ask('GET', '/api/settings', { token: client.token })).status).toBe(403);
  });
});

describe('webhooks', () => {
  it('show their secret once, belong to their tenant, and can be tested', async () => {
    const client = await panel.customer(admin, 'hooks@panel.test');
    const other = await panel.customer(admin, 'nohooks@panel.test');
    const made = await panel.ask('POST', '/api/webhooks', {
      token: client.token,
      body: { url: 'https://hooks.example.com/x', events: ['site.*'] },
    });
    expect(made.status).toBe(201);
    const id = (made.body['webhook'] as unknown as { id: number }).id;
    const shown = await panel.ask('GET', `/api/webhooks/${id}`, { token: client.token });
    expect(shown.text).not.toContain(String(made.body['secret']));
    expect((await panel.ask('GET', `/api/webhooks/${id}`, { token: other.token })).status).toBe(404);
    expect((await panel.ask('DELETE', `/api/webhooks/${id}`, { token: other.token })).status).toBe(404);
    expect(
      (
        await panel.ask('POST', '/api/webhooks', {
          token: client.token,
          body: { url: 'http://x', events: ['*'] },
        })
      ).body['code'],
    ).toBe('webhook.badUrl');
    expect(
      (await panel.ask('PATCH', `/api/webhooks/${id}`, { token: client.token, body: { enabled: false } }))
        .body,
    ).toMatchObject({ enabled: false, events: ['site.*'] });
    expect((await panel.ask('POST', `/api/webhooks/${id}/test`, { token: client.token })).status).toBe(202);
    expect(
      (await panel.ask('GET', `/api/webhooks/${id}/deliveries`, { token: client.token })).body['items'],
    ).toEqual([]);
  });
});

describe('jobs', () => {
  it('can be cancelled before they run', async () => {
    const actor = localActor(panel.kernel.registry);
    const id = await panel.db.transaction('/', (em) =>
      panel.kernel.jobs.start(em, 'widgets.paint', {}, { actor }),
    );
    expect((await panel.ask('GET', '/api/jobs?state=queued', { token: admin })).body['items']).toMatchObject([
      { id: Number(id), title: 'Paint widgets' },
    ]);
    expect((await panel.ask('POST', `/api/jobs/${id}/cancel`, { token: admin })).status).toBe(202);
    expect(await follow(`/api/jobs/${id}/events`, admin, () => false)).toContain(
      'data: {"state":"cancelled"}',
    );
  });

  it('are listed, followed to their end, and followed again from where one was', async () => {
    const actor = localActor(panel.kernel.registry);
    const id = await panel.db.transaction('/', (em) =>
      panel.kernel.jobs.start(em, 'widgets.paint', {}, { actor }),
    );
    const client = await panel.customer(admin, 'jobs@panel.test');
    expect((await panel.ask('GET', `/api/jobs/${id}`, { token: client.token })).status).toBe(404);
    expect((await panel.ask('GET', `/api/jobs/${id}/events`, { token: client.token })).status).toBe(404);
    const following = follow(`/api/jobs/${id}/events`, admin, () => false);
    await panel.kernel.jobs.work();
    const text = await following;
    expect(text).toMatch(/event: progress\ndata: \{[^\n]*"percent":50,"message":"half way"/);
    expect(text).toMatch(/event: end\ndata: \{"state":"succeeded"\}\n\n$/);
    expect((await panel.ask('GET', `/api/jobs/${id}`, { token: admin })).body).toMatchObject({
      state: 'succeeded',
      percent: 100,
    });
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, one]) => Number(one));
    const again = await follow(`/api/jobs/${id}/events`, admin, () => false, {
      'last-event-id': String(ids.at(-2)),
    });
    expect([...again.matchAll(/^id: (\d+)$/gm)].map(([, one]) => Number(one))).toEqual([ids.at(-1)]);
  });
});

describe('events', () => {
  it('tell an actor of the changes of its own objects only', async () => {
    const one = await panel.customer(admin, 'one@panel.test');
    const two = await panel.customer(admin, 'two@panel.test');
    const make = async (token: string) =>
      Number((await panel.ask('POST', '/api/widgets', { token, body: { label: 'w', size: 1 } })).body['id']);
    const [mine, foreign] = [await make(one.token), await make(two.token)];
    const text = await follow('/api/events', one.token, (got) => {
      if (got.includes('event: ready') && !got.includes('event: resource')) {
        void notifyResource(panel.db, { kind: 'widget', id: foreign, generation: 1, status: 'active' }).then(
          () => notifyResource(panel.db, { kind: 'widget', id: mine, generation: 1, status: 'active' }),
        );
      }
      return got.includes(`"id":${mine},`);
    });
    expect(text).toContain(
      `event: resource\ndata: {"kind":"widget","id":${mine},"generation":1,"status":"active"}`,
    );
    expect(text).not.toContain(`"id":${foreign},`);
  });
});

describe('a change', () => {
  it('is in the history and can be undone, after a look at what that would do', async () => {
    const made = await panel.ask('POST', '/api/widgets', { token: admin, body: { label: 'undo', size: 1 } });
    const id = Number(made.body['id']);
    await panel.ask('PATCH', `/api/widgets/${id}`, { token: admin, body: { size: 7 } });
    const history = await panel.ask('GET', `/api/changes?kind=widget&objectId=${id}`, { token: admin });
    const [latest] = history.body['items'] as unknown as {
      changeId: string;
      generation: number;
      spec: unknown;
    }[];
    expect(latest).toMatchObject({ generation: 2, spec: { size: 7 }, change: 'update' });
    const undo = `/api/changes/${latest?.changeId}/undo`;
    expect((await panel.ask('POST', `${undo}?dryRun=true`, { token: admin })).body).toMatchObject({
      plan: [{ absolute: `/widget/${id}` }],
    });
    const client = await panel.customer(admin, 'undo@panel.test');
    expect((await panel.ask('POST', undo, { token: client.token })).status).toBe(404);
    expect((await panel.ask('POST', undo, { token: admin })).status).toBe(202);
    expect((await panel.ask('GET', `/api/widgets/${id}`, { token: admin })).body).toMatchObject({
      size: 1,
      generation: 3,
    });
  });
});

describe('the audit log as CSV', () => {
  it('has the own rows, and nothing that a spreadsheet would run', async () => {
    await panel.ask('POST', '/api/auth/login', {
      body: { login: '=cmd()@x.test', password: 'wrong password here' },
    });
    const answer = await panel.ask('GET', '/api/audit/export', { token: admin });
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, ...lines] = answer.text.trim().split('\r\n');
    expect(head).toBe('id,at,actor,onBehalfOf,action,object,summary,outcome,address,requestId');
    expect(lines.length).toBe((await panel.audit()).length);
    expect(answer.text).not.toMatch(/(^|,)[=+@]/m);
  });
});

describe('own sessions', () => {
  it('are listed and can be ended one by one or all but this one', async () => {
    await panel.login('admin@panel.test');
    await panel.login('admin@panel.test');
    const list = async () =>
      (await panel.ask('GET', '/api/me/sessions', { token: admin })).body['items'] as unknown as {
        id: string;
        current: boolean;
      }[];
    const sessions = await list();
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    const other = sessions.find(({ current }) => !current);
    expect((await panel.ask('DELETE', `/api/me/sessions/${other?.id}`, { token: admin })).status).toBe(204);
    expect((await list()).some(({ id }) => id === other?.id)).toBe(false);
    expect((await panel.ask('DELETE', '/api/me/sessions', { token: admin })).status).toBe(204);
    expect(await list()).toHaveLength(1);
  });
});

describe('the texts of the panel', () => {
  it('are there for everybody, in the asked language', async () => {
    const answer = await panel.ask('GET', '/api/messages/de');
    expect(answer.body['messages']).toMatchObject({
      'errors.auth.badLogin': 'Die E-Mail-Adresse oder das Passwort ist falsch.',
    });
  });
});
