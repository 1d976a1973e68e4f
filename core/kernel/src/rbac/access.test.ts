import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PASSWORD, TestPanel } from '../http/test-panel.js';
import { widgetRoutes } from '../http/test-widget-routes.js';
import { defineRoute } from '../routes/define-route.js';
import { checkRoute } from './check-route.js';

let panel: TestPanel;
let admin: string;

beforeAll(async () => {
  panel = await TestPanel.start(widgetRoutes());
  admin = await panel.admin();
});
afterAll(() => panel?.stop());

const widget = async (token: string, label = 'w'): Promise<number> => {
  const made = await panel.ask('POST', '/api/widgets', { token, body: { label, size: 1 } });
  expect(made.status).toBe(202);
  return Number(made.body['id']);
};

describe('a tenant', () => {
  it('sees its own and what is below, and gets 404 for everything else, by every method', async () => {
    const reseller = await panel.customer(admin, 'reseller@panel.test', 'reseller');
    const client = await panel.customer(reseller.token, 'client@panel.test');
    const other = await panel.customer(admin, 'other@panel.test');
    const id = await widget(client.token);
    const get = async (token: string) => (await panel.ask('GET', `/api/widgets/${id}`, { token })).status;
    expect([
      await get(client.token),
      await get(reseller.token),
      await get(admin),
      await get(other.token),
    ]).toEqual([200, 200, 200, 404]);
    const change = await panel.ask('PATCH', `/api/widgets/${id}`, { token: other.token, body: { size: 2 } });
    expect([
      change.status,
      (await panel.ask('DELETE', `/api/widgets/${id}`, { token: other.token })).status,
    ]).toEqual([404, 404]);
    expect((await panel.ask('GET', '/api/widgets', { token: other.token })).body['items']).toEqual([]);
    const users = await panel.ask('GET', '/api/users', { token: client.token });
    expect((users.body['items'] as unknown as { email: string }[]).map(({ email }) => email)).toEqual([
      'client@panel.test',
    ]);
    expect((await panel.ask('GET', `/api/users/${reseller.id}`, { token: client.token })).status).toBe(404);
    const audit = await panel.ask('GET', '/api/audit', { token: other.token });
    expect(
      (audit.body['items'] as unknown as { actor: { name: string } }[]).every(
        ({ actor }) => actor.name === 'other@panel.test',
      ),
    ).toBe(true);
  });

  it('cannot place a user or a customer into somebody else’s tree, nor make an administrator', async () => {
    const one = await panel.customer(admin, 'one@panel.test', 'reseller');
    const two = await panel.customer(admin, 'two@panel.test', 'reseller');
    const make = (body: object) =>
      panel.ask('POST', '/api/users', {
        token: one.token,
        body: { email: 'x@panel.test', name: 'x', role: 'reseller', password: PASSWORD, ...body },
      });
    expect((await make({ tenantId: two.tenantId })).status).toBe(422);
    expect((await make({ role: 'client', tenant: { name: 'x', parentId: two.tenantId } })).status).toBe(404);
    expect((await make({ role: 'admin' })).status).toBe(403);
    expect((await make({ role: 'admin', tenantId: 1 })).status).toBe(422);
    expect((await make({ email: 'two@panel.test' })).body['code']).toBe('user.emailTaken');
  });
});

describe('a sub-user', () => {
  it('may do the given part of the role on the given objects only, and cannot give itself more', async () => {
    const client = await panel.customer(admin, 'boss@panel.test');
    const [mine, hidden] = [await widget(client.token, 'mine'), await widget(client.token, 'hidden')];
    const made = await panel.ask('POST', '/api/users', {
      token: client.token,
      body: {
        email: 'sub@panel.test',
        name: 'Sub',
        role: 'client',
        password: PASSWORD,
        permissions: ['widget.read', 'widget.write', 'user.write', 'user.read'],
        scope: { widget: [mine] },
      },
    });
    expect(made.status).toBe(201);
    const sub = await panel.login('sub@panel.test');
    const status = async (method: string, path: string, body?: object) =>
      (await panel.ask(method, path, { token: sub, ...(body ? { body } : {}) })).status;
    expect(await status('GET', `/api/widgets/${mine}`)).toBe(200);
    expect(await status('GET', `/api/widgets/${hidden}`)).toBe(404);
    expect(await status('PATCH', `/api/widgets/${hidden}`, { size: 2 })).toBe(404);
    expect(await status('POST', '/api/widgets', { label: 'new', size: 1 })).toBe(403);
    expect(await status('GET', '/api/audit')).toBe(403);
    const list = await panel.ask('GET', '/api/widgets', { token: sub });
    expect((list.body['items'] as unknown as { id: number }[]).map(({ id }) => id)).toEqual([mine]);
    expect(await status('PUT', `/api/users/${client.id}/permissions`, { permissions: [] })).toBe(403);
    expect(await status('POST', `/api/users/${client.id}/reset-password`, {})).toBe(403);
  });
});

describe('an API token', () => {
  const token = async (by: string, body: object) => {
    const answer = await panel.ask('POST', '/api/tokens', { token: by, body: { name: 'ci', ...body } });
    return {
      answer,
      secret: String(answer.body['secret']),
      id: Number((answer.body['token'] as { id?: number } | undefined)?.id),
    };
  };

  it('has the permissions it was given, is shown once, and ends when it expires or is revoked', async () => {
    const { answer, secret, id } = await token(admin, { permissions: ['widget.read'], expiresInDays: 1 });
    expect(answer.status).toBe(201);
    expect((await panel.ask('GET', '/api/widgets', { token: secret })).status).toBe(200);
    expect(
      (await panel.ask('POST', '/api/widgets', { token: secret, body: { label: 'a', size: 1 } })).status,
    ).toBe(403);
    expect(JSON.stringify((await panel.ask('GET', '/api/tokens', { token: admin })).body)).not.toContain(
      secret,
    );
    expect((await panel.ask('DELETE', `/api/tokens/${id}`, { token: admin })).status).toBe(204);
    expect((await panel.ask('GET', '/api/widgets', { token: secret })).status).toBe(401);
    const short = await token(admin, { permissions: ['widget.read'], expiresInDays: 1 });
    panel.now += 86_400_001;
    expect((await panel.ask('GET', '/api/widgets', { token: short.secret })).status).toBe(401);
    admin = await panel.login('admin@panel.test');
  });

  it('cannot have more than its owner, nor be used from elsewhere', async () => {
    const client = await panel.customer(admin, 'tokens@panel.test');
    expect((await token(client.token, { permissions: ['widget.admin'] })).answer.body['code']).toBe(
      'token.tooMuch',
    );
    const { secret } = await token(client.token, {
      permissions: ['widget.read'],
      addresses: ['198.51.100.0/24'],
    });
    const from = async (address: string) =>
      (await panel.ask('GET', '/api/widgets', { token: secret, headers: { 'x-forwarded-for': address } }))
        .status;
    expect([
      await from('198.51.100.7'),
      await from('203.0.113.7'),
      await from('198.51.100.7, 203.0.113.7'),
    ]).toEqual([200, 401, 401]);
    await panel.ask('POST', `/api/users/${client.id}/disable`, { token: admin });
    expect(await from('198.51.100.7')).toBe(401);
  });

  it('does what needs a fresh proof only when it was made for that', async () => {
    const plain = await token(admin, {});
    const strong = await token(admin, { stepUp: true });
    const id = await widget(admin);
    expect((await panel.ask('DELETE', `/api/widgets/${id}`, { token: plain.secret })).body['code']).toBe(
      'auth.stepUp',
    );
    expect((await panel.ask('DELETE', `/api/widgets/${id}`, { token: strong.secret })).status).toBe(204);
  });
});

describe('what needs a fresh proof', () => {
  it('is open for five minutes after log-in, and again after the password was confirmed', async () => {
    const id = await widget(admin);
    panel.now += 301_000;
    expect((await panel.ask('DELETE', `/api/widgets/${id}`, { token: admin })).body['code']).toBe(
      'auth.stepUp',
    );
    expect(
      (await panel.ask('POST', '/api/auth/step-up', { token: admin, body: { password: 'not my password' } }))
        .status,
    ).toBe(403);
    expect(
      (await panel.ask('POST', '/api/auth/step-up', { token: admin, body: { password: PASSWORD } })).status,
    ).toBe(200);
    expect((await panel.ask('DELETE', `/api/widgets/${id}`, { token: admin })).status).toBe(204);
  });
});

describe('signing in as a customer', () => {
  it('acts as them, is named in the audit log, and cannot touch what proves the person', async () => {
    admin = await panel.login('admin@panel.test');
    const client = await panel.customer(admin, 'visited@panel.test');
    const visit = await panel.ask('POST', `/api/users/${client.id}/login-as`, { token: admin, body: {} });
    const token = String(visit.body['accessToken']);
    expect((await panel.ask('GET', '/api/me', { token })).body).toMatchObject({
      email: 'visited@panel.test',
      onBehalfOf: { name: 'admin@panel.test' },
    });
    await widget(token, 'visited');
    expect((await panel.audit()).at(-1)).toMatchObject({
      actor: 'visited@panel.test',
      behalf: { name: 'admin@panel.test' },
    });
    expect((await panel.ask('POST', '/api/me/totp', { token })).status).toBe(403);
    const other = await panel.ask('POST', '/api/users', {
      token: admin,
      body: { email: 'second@panel.test', name: 'second', role: 'admin', password: PASSWORD },
    });
    const second = (other.body['user'] as unknown as { id: number }).id;
    expect(
      (await panel.ask('POST', `/api/users/${second}/login-as`, { token: admin, body: {} })).status,
    ).toBe(403);
    expect(
      (await panel.ask('POST', `/api/users/${client.id}/login-as`, { token: client.token, body: {} })).status,
    ).toBe(403);
  });
});

describe('losing access', () => {
  it('is immediate: password change, lock, new permissions, suspension', async () => {
    const client = await panel.customer(admin, 'leaving@panel.test');
    const me = async (token: string) => (await panel.ask('GET', '/api/me', { token })).status;
    await panel.ask('POST', `/api/users/${client.id}/reset-password`, {
      token: admin,
      body: { password: 'another long password' },
    });
    expect(await me(client.token)).toBe(401);
    const again = await panel.login('leaving@panel.test', 'another long password');
    await panel.ask('PUT', `/api/users/${client.id}/permissions`, {
      token: admin,
      body: { permissions: ['widget.read'] },
    });
    expect(await me(again)).toBe(401);
    const third = await panel.login('leaving@panel.test', 'another long password');
    await panel.ask('POST', `/api/users/${client.id}/disable`, { token: admin });
    expect(await me(third)).toBe(401);
    expect(
      (
        await panel.ask('POST', '/api/auth/login', {
          body: { login: 'leaving@panel.test', password: 'another long password' },
        })
      ).body['code'],
    ).toBe('auth.badLogin');
  });

  it('is complete when a user is deleted: sessions and tokens end, the audit log stays', async () => {
    const client = await panel.customer(admin, 'deleted@panel.test');
    const made = await panel.ask('POST', '/api/tokens', {
      token: client.token,
      body: { name: 'ci', permissions: ['widget.read'] },
    });
    const key = String(made.body['secret']);
    expect((await panel.ask('DELETE', `/api/users/${client.id}`, { token: admin })).status).toBe(204);
    for (const token of [client.token, key]) {
      expect((await panel.ask('GET', '/api/widgets', { token })).status).toBe(401);
    }
    expect((await panel.audit()).some(({ actor }) => actor === 'deleted@panel.test')).toBe(true);
  });

  it('never locks out the last full administrator', async () => {
    const fresh = await TestPanel.start();
    try {
      const only = await fresh.admin();
      await fresh.ask('POST', '/api/users', {
        token: only,
        body: {
          email: 'helper@panel.test',
          name: 'helper',
          role: 'admin',
          password: PASSWORD,
          permissions: ['user.read', 'user.write'],
        },
      });
      expect((await fresh.ask('DELETE', '/api/users/1', { local: true })).body['code']).toBe(
        'user.lastAdministrator',
      );
      expect((await fresh.ask('POST', '/api/users/1/disable', { local: true })).status).toBe(409);
    } finally {
      await fresh.stop();
    }
  });
});

describe('the local socket', () => {
  it('is the administrator, without a token', async () => {
    expect((await panel.ask('GET', '/api/me', { local: true })).body).toMatchObject({
      kind: 'local',
      role: 'admin',
    });
    expect((await panel.ask('GET', '/api/users', { local: true })).status).toBe(200);
    expect((await panel.ask('GET', '/metrics', { local: true })).text).toContain(
      'tenpanel_process_cpu_seconds_total',
    );
    expect((await panel.ask('GET', '/metrics')).status).toBe(404);
    expect((await panel.ask('GET', '/metrics', { token: admin })).status).toBe(200);
  });
});

describe('a route', () => {
  it('is not loaded without a declared permission, with a loose object, or when it wants to be public', () => {
    const route = (spec: object) =>
      defineRoute({
        method: 'POST',
        path: '/things',
        permission: 'widget.read',
        summary: '',
        handler: () => Promise.resolve(undefined),
        ...spec,
      } as never);
    const check = (spec: object) => checkRoute(panel.kernel.registry, 'widgets', route(spec));
    expect(check({})).toBeNull();
    expect(check({ permission: 'thing.write' })).toMatch(/not declared/);
    expect(check({ permission: 'public' })).toMatch(/public/);
    expect(check({ path: '/things/{id}' })).toMatch(/no schema/);
    expect(check({ body: z.object({ a: z.string() }) })).toMatch(/strictObject/);
    expect(check({ body: z.strictObject({ a: z.array(z.object({})).optional() }) })).toMatch(/body\.a\[\]/);
  });
});
