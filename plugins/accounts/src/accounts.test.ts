import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '@tenpanel/testing';
import {
  makeAccount,
  makePlan,
  makeReseller,
  show,
  startAccountsPanel,
  type AccountBody,
  type Problem,
} from '../test/panel.js';

/** The account's own switch, a name that the lint knows from elsewhere. */
const on = true;
let panel: Awaited<ReturnType<typeof startAccountsPanel>>;
let plan: number;

beforeAll(async () => {
  panel = await startAccountsPanel();
  plan = await makePlan(panel.api, 'basic', { disk: '10G', inodes: 200_000 });
});
afterAll(() => panel?.stop());

describe('an account', () => {
  it('becomes a Unix user with home and quota, by exactly these calls', async () => {
    panel.agent.calls.length = 0;
    const account = await makeAccount(panel.api, 'alice', plan, { shell: on });
    expect(account).toMatchObject({ name: 'alice', status: 'provisioning', home: '/home/alice' });
    await panel.settle();
    expect(panel.agent.calls.map(({ operation, args }) => ({ operation, args }))).toEqual([
      { operation: 'account.ensure', args: { account: 'alice', shell: on } },
      { operation: 'account.lock', args: { account: 'alice', locked: false } },
      { operation: 'quota.set', args: { account: 'alice', bytes: 10 * 2 ** 30, inodes: 200_000 } },
    ]);
    expect(await show(panel.api, account.id)).toMatchObject({ status: 'active', domains: [] });
  });

  it('shows its limits with what it uses, and the same as metrics', async () => {
    const { id } = (await panel.api.get<{ items: AccountBody[] }>('/accounts', { query: { name: 'alice' } }))
      .body.items[0] as AccountBody;
    const { body } = await panel.api.get<{
      limits: { key: string; limit: number | null; used: number | null }[];
    }>(`/accounts/${id}/metrics`);
    expect(body.limits).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: 'disk', limit: 10 * 2 ** 30, used: 0 }),
        expect.objectContaining({ key: 'inodes', limit: 200_000, used: 1 }),
      ]),
    );
  });

  it('gets a client as owner, whose generated password is shown once', async () => {
    const { status, body } = await panel.api.post<{
      account: AccountBody;
      user: { email: string };
      generatedPassword: string;
    }>('/accounts', {
      name: 'owned',
      plan,
      owner: { email: 'owner@example.org', name: 'An Owner' },
    });
    expect(status).toBe(202);
    expect(body.user.email).toBe('owner@example.org');
    expect(body.generatedPassword.length).toBeGreaterThanOrEqual(12);
    const again = await panel.api.post<Problem>('/accounts', {
      name: 'owned2',
      plan,
      owner: { email: 'Owner@example.org' },
    });
    expect(again).toMatchObject({ status: 409, body: { code: 'user.emailTaken' } });
    const client = await panel.as('client', { tenantId: body.account.ownerTenantId });
    const list = await client.get<{ items: AccountBody[] }>('/accounts');
    expect(list.body.items.map((item) => item.name)).toEqual(['owned']);
    for (const denied of [
      await client.patch(`/accounts/${body.account.id}`, { shell: on }),
      await client.post(`/accounts/${body.account.id}/resume`),
      await client.delete(`/accounts/${body.account.id}`),
    ]) {
      expect(denied.status).toBe(403);
    }
  });

  it.each([
    ['root'],
    ['nginx'],
    ['tenpanelx'],
    ['a'],
    ['Alice'],
    ['9lives'],
    ['a-b'],
    ['a_b'],
    ['a.b'],
    ['../etc'],
    ['a b'],
    ['a\nb'],
    ['alice\n'],
    ['a;id'],
    ['$(id)'],
    ['аlice'],
    ['averyveryverylongname'],
    [''],
    ['a\u0000b'],
  ])('cannot be named %j', async (name) => {
    const before = panel.agent.calls.length;
    const { status, body } = await panel.api.post<Problem>('/accounts', { name, plan });
    expect(status).toBe(422);
    expect(body.errors?.[0]?.path).toEqual(['name']);
    expect(panel.agent.calls.length).toBe(before);
  });

  it('has a name that no other tenant can use', async () => {
    const reseller = await makeReseller(panel, 'namesake');
    const own = await makePlan(reseller.api, 'own');
    const { status, body } = await reseller.api.post<Problem>('/accounts', { name: 'alice', plan: own });
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'account.nameTaken' });
  });

  it('leaves no owner behind when it cannot be made', async () => {
    const { status } = await panel.api.post('/accounts', {
      name: 'alice',
      plan,
      owner: { email: 'left@example.org' },
    });
    expect(status).toBe(409);
    const { status: free } = await panel.api.post('/accounts', {
      name: 'leftover',
      plan,
      owner: { email: 'left@example.org' },
    });
    expect(free).toBe(202);
  });

  it('refuses two owners, unknown keys, and plan or owner through PATCH', async () => {
    const account = await makeAccount(panel.api, 'fields', plan);
    expect(
      (
        await panel.api.post('/accounts', {
          name: 'twice',
          plan,
          owner: { email: 'x@example.org' },
          ownerTenantId: 1,
        })
      ).status,
    ).toBe(422);
    for (const body of [
      { plan },
      { ownerTenantId: 1 },
      { name: 'other' },
      { suspended: null },
      { limits: {} },
    ]) {
      expect((await panel.api.patch(`/accounts/${account.id}`, body)).status).toBe(422);
    }
  });

  it('changes shell and contact', async () => {
    const account = await makeAccount(panel.api, 'shelly', plan);
    await panel.api.patch(`/accounts/${account.id}`, {
      shell: on,
      contact: { name: 'S', email: 's@example.org' },
    });
    await panel.settle();
    expect(panel.agent.state.accounts.get('shelly')?.shell).toBe(true);
    expect(await show(panel.api, account.id)).toMatchObject({
      contact: { email: 's@example.org' },
      status: 'active',
    });
  });

  it('is found by start of name, state, plan and owner, page by page', async () => {
    const other = await makePlan(panel.api, 'listed');
    for (const name of ['lista', 'listb', 'listc']) await makeAccount(panel.api, name, other);
    const first = await panel.api.get<{ items: AccountBody[]; next: string }>('/accounts', {
      query: { plan: other, limit: 2, sort: '-name' },
    });
    const second = await panel.api.get<{ items: AccountBody[]; next: null }>('/accounts', {
      query: { plan: other, limit: 2, sort: '-name', cursor: first.body.next },
    });
    expect([...first.body.items, ...second.body.items].map((item) => item.name)).toEqual([
      'listc',
      'listb',
      'lista',
    ]);
    expect(second.body.next).toBeNull();
    expect(
      (
        await panel.api.get<{ items: AccountBody[] }>('/accounts', {
          query: { name: 'list', status: 'suspended' },
        })
      ).body.items,
    ).toEqual([]);
    expect((await panel.api.get('/accounts', { query: { name: '%' } })).status).toBe(422);
  });

  it('says when its disk limit is not held on this server, and is active all the same', async () => {
    panel.quotas.supported = false;
    const limited = await makeAccount(panel.api, 'nocap', plan);
    const unlimited = await makeAccount(panel.api, 'nolimit', await makePlan(panel.api, 'unlimited'));
    await panel.settle();
    const shown = await show(panel.api, limited.id);
    expect(shown.status).toBe('active');
    expect(shown.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Quota',
        status: 'false',
        message: expect.stringContaining('without usrquota'),
      }),
    );
    expect((await show(panel.api, unlimited.id)).conditions).toContainEqual(
      expect.objectContaining({ type: 'Quota', status: 'true' }),
    );
    const { body } = await panel.api.get<{ limits: { key: string; used: number | null }[] }>(
      `/accounts/${limited.id}`,
    );
    expect(body.limits).toContainEqual(expect.objectContaining({ key: 'disk', used: null }));
    panel.quotas.supported = true;
  });

  it('shows why it could not be made on the server, and is made when that is over', async () => {
    panel.agent.fail(
      'account.ensure',
      { code: 'agent.programFailed', message: 'useradd: cannot lock /etc/passwd' },
      { times: 1 },
    );
    const account = await makeAccount(panel.api, 'flaky', plan);
    await panel.settle();
    expect(panel.agent.state.accounts.has('flaky')).toBe(true);
    expect(await show(panel.api, account.id)).toMatchObject({ status: 'active' });
  });
});

describe("another reseller's account", () => {
  let a: { id: number; api: ApiClient };
  let b: { id: number; api: ApiClient };
  let planOfB: number;
  let accountOfB: AccountBody;

  beforeAll(async () => {
    a = await makeReseller(panel, 'resellera');
    b = await makeReseller(panel, 'resellerb');
    planOfB = await makePlan(b.api, 'of b');
    accountOfB = await makeAccount(b.api, 'bsite', planOfB, { owner: { email: 'client@b.example' } });
    await panel.settle();
  });

  it.each([
    ['GET', ''],
    ['GET', '/metrics'],
    ['PATCH', '', { shell: on }],
    ['POST', '/change-plan', { plan: 1 }],
    ['POST', '/suspend', { reason: 'x' }],
    ['POST', '/resume'],
    ['DELETE', ''],
    ['POST', '/restore'],
    ['POST', '/purge', { confirm: 'bsite' }],
    ['POST', '/transfer', { tenantId: 1 }],
  ])('does not exist: %s /accounts/{id}%s', async (method, path, body?: Record<string, unknown>) => {
    const before = await show(b.api, accountOfB.id);
    const { status } = await a.api.send(method, `/accounts/${accountOfB.id}${path}`, body ? { body } : {});
    expect(status).toBe(404);
    expect(await show(b.api, accountOfB.id)).toEqual(before);
  });

  it('is in no list, and neither is its plan or its reseller', async () => {
    expect((await a.api.get<{ items: unknown[] }>('/accounts')).body.items).toEqual([]);
    expect((await a.api.get<{ items: unknown[] }>('/plans')).body.items).toEqual([]);
    expect(
      (await a.api.get<{ items: { id: number }[] }>('/resellers')).body.items.map((item) => item.id),
    ).toEqual([a.id]);
    expect((await a.api.get(`/resellers/${b.id}`)).status).toBe(404);
  });

  it.each([
    ['GET', ''],
    ['PATCH', '', { name: 'mine' }],
    ['POST', '/clone', { name: 'mine' }],
    ['POST', '/impact', { limits: {} }],
    ['DELETE', ''],
  ])(
    'has a plan that does not exist either: %s /plans/{id}%s',
    async (method, path, body?: Record<string, unknown>) => {
      expect((await a.api.send(method, `/plans/${planOfB}${path}`, body ? { body } : {})).status).toBe(404);
    },
  );

  it('cannot be reached through an id in a body', async () => {
    const own = await makePlan(a.api, 'of a');
    const mine = await makeAccount(a.api, 'asite', own);
    for (const body of [
      { name: 'thief', plan: planOfB },
      { name: 'thief', plan: own, ownerTenantId: b.id },
      { name: 'thief', plan: own, ownerTenantId: accountOfB.ownerTenantId },
      { name: 'thief', plan: own, owner: { email: 't@example.org' }, parentTenantId: b.id },
    ]) {
      expect((await a.api.post('/accounts', body)).status).toBe(404);
    }
    expect((await a.api.post(`/accounts/${mine.id}/change-plan`, { plan: planOfB })).status).toBe(404);
    expect((await a.api.post(`/accounts/${mine.id}/transfer`, { tenantId: b.id })).status).toBe(404);
    expect(
      (await a.api.post('/resellers', { name: 'nested', email: 'n@example.org', parentTenantId: b.id }))
        .status,
    ).toBe(404);
  });
});
