import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  makeAccount,
  makePlan,
  makeReseller,
  show,
  startAccountsPanel,
  type AccountBody,
  type Problem,
} from '../test/panel.js';

let panel: Awaited<ReturnType<typeof startAccountsPanel>>;

beforeAll(async () => {
  panel = await startAccountsPanel();
});
afterAll(() => panel?.stop());

const GIB = 2 ** 30;

describe('a reseller', () => {
  it('sells no more than it has, unless overselling is switched on for that resource', async () => {
    const reseller = await makeReseller(panel, 'limited', { allowance: { disk: '10G', accounts: 3 } });
    const plan = await makePlan(reseller.api, 'six', { disk: '6G' });
    await makeAccount(reseller.api, 'limone', plan);
    const refused = await reseller.api.post<Problem & { params: object }>('/accounts', {
      name: 'limtwo',
      plan,
    });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'reseller.allowance', params: { key: 'disk', sold: 12 * GIB, own: 10 * GIB } },
    });
    await panel.api.patch(`/resellers/${reseller.id}`, { oversell: ['disk'] });
    await makeAccount(reseller.api, 'limtwo', plan);
    await makeAccount(reseller.api, 'limthree', plan);
    expect(await reseller.api.post('/accounts', { name: 'limfour', plan })).toMatchObject({
      status: 409,
      body: { code: 'reseller.allowance', params: { key: 'accounts' } },
    });
    expect((await panel.api.get(`/resellers/${reseller.id}`)).body).toMatchObject({
      sold: { disk: 18 * GIB, accounts: 3 },
    });
  });

  it('cannot get round that by a bigger plan, a changed plan, or one without a limit', async () => {
    const reseller = await makeReseller(panel, 'round', { allowance: { disk: '10G' } });
    const small = await makePlan(reseller.api, 'small', { disk: '1G' });
    const big = await makePlan(reseller.api, 'big', { disk: '11G' });
    const endless = await makePlan(reseller.api, 'endless', { disk: null });
    const account = await makeAccount(reseller.api, 'roundone', small);
    expect((await reseller.api.post(`/accounts/${account.id}/change-plan`, { plan: big })).status).toBe(409);
    expect((await reseller.api.patch(`/plans/${small}`, { limits: { disk: '11G' } })).status).toBe(409);
    expect(await reseller.api.post('/accounts', { name: 'roundtwo', plan: endless })).toMatchObject({
      status: 409,
      body: { code: 'reseller.allowanceUnlimited' },
    });
    expect((await show(reseller.api, account.id)).plan.id).toBe(small);
  });

  it('sells its last account once when two ask for it at the same moment', async () => {
    const reseller = await makeReseller(panel, 'racer', { allowance: { accounts: 1 } });
    const plan = await makePlan(reseller.api, 'race');
    const replies = await Promise.all(
      ['racea', 'raceb', 'racec'].map((name) => reseller.api.post('/accounts', { name, plan })),
    );
    expect(replies.map((reply) => reply.status).sort()).toEqual([202, 409, 409]);
  });

  it('cannot change its own allowance, nor lift its own suspension', async () => {
    const reseller = await makeReseller(panel, 'selfish', { allowance: { accounts: 1 } });
    expect(
      await reseller.api.patch(`/resellers/${reseller.id}`, { allowance: { accounts: null } }),
    ).toMatchObject({ status: 403, body: { code: 'reseller.notYourself' } });
    expect((await reseller.api.post(`/resellers/${reseller.id}/resume`)).status).toBe(403);
  });

  it('has resellers below it when it is given some, and what they get is its own', async () => {
    const upper = await makeReseller(panel, 'upper', { allowance: { disk: '10G', resellers: 1 } });
    expect(
      await upper.api.post('/resellers', {
        name: 'big',
        email: 'big@example.net',
        allowance: { disk: '11G' },
      }),
    ).toMatchObject({
      status: 409,
      body: { code: 'reseller.allowance' },
    });
    const lower = await makeReseller(panel, 'lower', { allowance: { disk: '4G' } }, upper.api);
    expect(
      await upper.api.post('/resellers', {
        name: 'second',
        email: 'second@example.net',
        allowance: { disk: '1G' },
      }),
    ).toMatchObject({
      status: 409,
      body: { code: 'reseller.allowance', params: { key: 'resellers' } },
    });
    expect(await lower.api.post('/resellers', { name: 'third', email: 'third@example.net' })).toMatchObject({
      status: 409,
    });
    const plan = await makePlan(upper.api, 'seven', { disk: '7G' });
    expect((await upper.api.post('/accounts', { name: 'uppersite', plan })).status).toBe(409);
    const four = await makePlan(lower.api, 'four', { disk: '4G' });
    const account = await makeAccount(lower.api, 'lowersite', four);
    expect((await show(upper.api, account.id)).resellerTenantId).toBe(lower.id);
    expect((await lower.api.get(`/resellers/${upper.id}`)).status).toBe(404);
  });

  it('is refused an allowance below what it has sold', async () => {
    const reseller = await makeReseller(panel, 'shrunk', { allowance: { disk: '10G' } });
    await makeAccount(reseller.api, 'shrunkone', await makePlan(reseller.api, 'p', { disk: '6G' }));
    expect((await panel.api.patch(`/resellers/${reseller.id}`, { allowance: { disk: '5G' } })).status).toBe(
      409,
    );
    expect((await panel.api.patch(`/resellers/${reseller.id}`, { allowance: { disk: '6G' } })).status).toBe(
      200,
    );
  });

  it('is suspended alone, or with its accounts; those suspended before stay so after', async () => {
    const reseller = await makeReseller(panel, 'stopped');
    const plan = await makePlan(reseller.api, 'p');
    const before = await makeAccount(reseller.api, 'stopbefore', plan);
    const running = await makeAccount(reseller.api, 'stoprun', plan);
    await reseller.api.post(`/accounts/${before.id}/suspend`, { reason: 'own reason' });
    await panel.api.post(`/resellers/${reseller.id}/suspend`, { reason: 'unpaid' });
    expect([401, 403]).toContain((await reseller.api.get('/accounts')).status);
    expect((await show(panel.api, running.id)).suspension).toBeNull();
    await panel.api.post(`/resellers/${reseller.id}/suspend`, { reason: 'unpaid', accounts: true });
    expect((await show(panel.api, running.id)).suspension?.reason).toBe('unpaid');
    await panel.api.post(`/resellers/${reseller.id}/resume`);
    expect((await reseller.api.get('/accounts')).status).toBe(200);
    expect((await show(panel.api, running.id)).suspension).toBeNull();
    expect((await show(panel.api, before.id)).suspension?.reason).toBe('own reason');
  });
});

describe('a transfer', () => {
  it('moves a client with its users and all its accounts to another reseller', async () => {
    const from = await makeReseller(panel, 'from');
    const to = await makeReseller(panel, 'to', { allowance: { disk: '10G' } });
    const plan = await makePlan(from.api, 'p', { disk: '1G' });
    const one = await makeAccount(from.api, 'moveone', plan, { owner: { email: 'mover@example.org' } });
    const two = await makeAccount(from.api, 'movetwo', plan, { ownerTenantId: one.ownerTenantId });
    const client = await panel.as('client', { tenantId: one.ownerTenantId });
    expect(await panel.api.post(`/accounts/${one.id}/transfer`, { tenantId: to.id })).toMatchObject({
      status: 409,
      body: { code: 'account.planStays' },
    });
    const target = await makePlan(to.api, 'theirs', { disk: '2G' });
    const { body } = await panel.api.post<{ moved: AccountBody[] }>(`/accounts/${one.id}/transfer`, {
      tenantId: to.id,
      plan: target,
    });
    expect(body.moved.map((each) => each.name)).toEqual(['moveone', 'movetwo']);
    expect((await from.api.get(`/accounts/${one.id}`)).status).toBe(404);
    expect(await show(to.api, two.id)).toMatchObject({
      plan: { id: target },
      resellerTenantId: to.id,
      ownerTenantId: one.ownerTenantId,
    });
    expect((await panel.as('client', { tenantId: one.ownerTenantId })).me.tenantId).toBe(one.ownerTenantId);
    expect([200, 401]).toContain((await client.get('/accounts')).status);
    expect((await from.api.delete(`/plans/${plan}`)).status).toBe(204);
    await panel.settle();
    expect(panel.agent.state.quotas.get('movetwo')?.bytes).toBe(2 * GIB);
  });

  it('is refused when the receiver has no room for it', async () => {
    const from = await makeReseller(panel, 'giver');
    const to = await makeReseller(panel, 'full', { allowance: { accounts: 0 } });
    const shared = await makePlan(panel.api, 'shared', { disk: '1G' });
    const account = await makeAccount(panel.api, 'toomuch', shared, { ownerTenantId: from.id });
    expect(await panel.api.post(`/accounts/${account.id}/transfer`, { tenantId: to.id })).toMatchObject({
      status: 409,
      body: { code: 'reseller.allowance' },
    });
    expect(await show(panel.api, account.id)).toMatchObject({
      ownerTenantId: from.id,
      resellerTenantId: from.id,
    });
  });

  it('gives one account to another client and leaves the rest', async () => {
    const reseller = await makeReseller(panel, 'house');
    const plan = await makePlan(reseller.api, 'p');
    const keep = await makeAccount(reseller.api, 'housekeep', plan, {
      owner: { email: 'house1@example.org' },
    });
    const give = await makeAccount(reseller.api, 'housegive', plan, { ownerTenantId: keep.ownerTenantId });
    const other = await makeAccount(reseller.api, 'houseother', plan, {
      owner: { email: 'house2@example.org' },
    });
    const { body } = await reseller.api.post<{ moved: AccountBody[] }>(`/accounts/${give.id}/transfer`, {
      tenantId: other.ownerTenantId,
    });
    expect(body.moved.map((each) => each.name)).toEqual(['housegive']);
    const client = await panel.as('client', { tenantId: keep.ownerTenantId });
    expect(
      (await client.get<{ items: AccountBody[] }>('/accounts')).body.items.map((each) => each.name),
    ).toEqual(['housekeep']);
    expect(
      (
        await reseller.api.post<{ moved: AccountBody[] }>(`/accounts/${give.id}/transfer`, {
          tenantId: other.ownerTenantId,
        })
      ).body.moved,
    ).toEqual([]);
  });
});
