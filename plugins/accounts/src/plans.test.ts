import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  capability,
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
const quotaOf = (name: string) => panel.agent.state.quotas.get(name);

describe('a plan', () => {
  it('takes the limits that the running plugins have, in sizes people write', async () => {
    const { body: known } = await panel.api.get<{ items: { key: string }[] }>('/plan-limits');
    expect(known.items.map((item) => item.key)).toEqual(expect.arrayContaining(['disk', 'inodes']));
    const { body } = await panel.api.post<{ limits: Record<string, number | null>; accounts: number }>(
      '/plans',
      { name: 'sizes', limits: { disk: '1.5G', inodes: 'unlimited' } },
    );
    expect(body).toMatchObject({ limits: { disk: 1.5 * GIB, inodes: null }, accounts: 0 });
  });

  it.each([
    [{ name: 'x', limits: { dsik: 1 } }, ['limits', 'dsik']],
    [{ name: 'x', limits: { disk: 5 } }, ['limits', 'disk']],
    [{ name: 'x', limits: { disk: -1 } }, ['limits', 'disk']],
    [{ name: 'x', limits: { disk: '5 bananas' } }, ['limits', 'disk']],
    [{ name: '' }, ['name']],
    [{ name: 'two\nlines' }, ['name']],
  ])('refuses %o and names the field', async (body, path) => {
    const reply = await panel.api.post<Problem>('/plans', body);
    expect(reply.status).toBe(422);
    expect(reply.body.errors?.[0]?.path).toEqual(path);
  });

  it('has a name that is unique for its owner, not for the world', async () => {
    await makePlan(panel.api, 'same');
    expect(await panel.api.post('/plans', { name: 'same' })).toMatchObject({
      status: 409,
      body: { code: 'plan.nameTaken' },
    });
    const reseller = await makeReseller(panel, 'planner');
    expect((await reseller.api.post('/plans', { name: 'same' })).status).toBe(201);
  });

  it('is copied, and deleted only when nobody uses it', async () => {
    const plan = await makePlan(panel.api, 'original', { disk: '3G' });
    const { body: copy } = await panel.api.post<{ id: number; limits: { disk: number } }>(
      `/plans/${plan}/clone`,
      { name: 'copy' },
    );
    expect(copy.limits.disk).toBe(3 * GIB);
    await makeAccount(panel.api, 'usera', plan);
    await makeAccount(panel.api, 'userb', plan);
    const refused = await panel.api.delete<Problem>(`/plans/${plan}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'plan.inUse' } });
    expect(refused.body.detail).toContain('2 accounts');
    expect((await panel.api.delete(`/plans/${copy.id}`)).status).toBe(204);
    expect((await panel.api.get(`/plans/${copy.id}`)).status).toBe(404);
  });
});

describe('a changed plan', () => {
  it('reaches its accounts at once, and tells other plugins of each', async () => {
    const plan = await makePlan(panel.api, 'grows', { disk: '1G' });
    const account = await makeAccount(panel.api, 'grower', plan);
    await panel.settle();
    const { body } = await panel.api.patch<{ jobId: string | null; limits: Record<string, unknown> }>(
      `/plans/${plan}`,
      { limits: { disk: '2G' } },
    );
    expect(body).toMatchObject({ jobId: null, limits: { disk: 2 * GIB } });
    await panel.settle();
    expect(quotaOf('grower')).toEqual({ bytes: 2 * GIB, inodes: null });
    const limits = await panel.kernel.db.read('/', (em) => capability(panel).limits(em, account.id));
    expect(limits['disk']).toBe(2 * GIB);
  });

  it('keeps both of two changes made at the same moment', async () => {
    const plan = await makePlan(panel.api, 'both', { disk: '1G', inodes: 1000 });
    const account = await makeAccount(panel.api, 'bother', plan);
    for (let round = 2; round < 7; round++) {
      await Promise.all([
        panel.api.patch(`/plans/${plan}`, { limits: { disk: round * GIB } }),
        panel.api.patch(`/plans/${plan}`, { limits: { inodes: round * 1000 } }),
      ]);
      expect((await panel.api.get(`/plans/${plan}`)).body).toMatchObject({
        limits: { disk: round * GIB, inodes: round * 1000 },
      });
      const limits = await panel.kernel.db.read('/', (em) => capability(panel).limits(em, account.id));
      expect(limits).toMatchObject({ disk: round * GIB, inodes: round * 1000 });
    }
  });

  it('touches no account when nothing that they have changes', async () => {
    const plan = await makePlan(panel.api, 'still', { disk: '1G' });
    const account = await makeAccount(panel.api, 'stiller', plan);
    await panel.api.patch(`/plans/${plan}`, { description: 'new words', limits: { disk: '1G' } });
    expect((await show(panel.api, account.id)).generation).toBe(1);
  });

  it('reaches 30 accounts as a job', async () => {
    const plan = await makePlan(panel.api, 'many', { disk: '1G' });
    for (let n = 0; n < 30; n++) await makeAccount(panel.api, `many${n}`, plan);
    await panel.settle(60);
    const { body } = await panel.api.patch<{ jobId: string | null; accounts: number }>(`/plans/${plan}`, {
      limits: { disk: '5G' },
    });
    expect(body.accounts).toBe(30);
    expect(body.jobId).not.toBeNull();
    await panel.settle(60);
    for (let n = 0; n < 30; n++) expect(quotaOf(`many${n}`)?.bytes).toBe(5 * GIB);
  }, 120_000);

  it('can be seen before: whom it reaches, and who is over the new limit', async () => {
    const plan = await makePlan(panel.api, 'shrinks', { disk: '1G' });
    const account = await makeAccount(panel.api, 'shrinker', plan);
    await panel.settle();
    panel.agent.state.tenants.get('shrinker')?.set('big', {
      type: 'file',
      content: Buffer.alloc(2 ** 20 + 1),
      mode: '0644',
      modified: new Date().toISOString(),
    });
    const { body } = await panel.api.post(`/plans/${plan}/impact`, { limits: { disk: '1M' } });
    expect(body).toEqual({
      changes: [{ key: 'disk', from: GIB, to: 2 ** 20 }],
      total: 1,
      accounts: [
        { id: account.id, name: 'shrinker', over: [{ key: 'disk', used: 2 ** 20 + 1, to: 2 ** 20 }] },
      ],
    });
    expect(
      (await panel.api.patch(`/plans/${plan}`, { limits: { disk: '1M' } }, { query: { dryRun: true } }))
        .status,
    ).toBe(200);
    await panel.settle();
    expect(quotaOf('shrinker')?.bytes).toBe(GIB);
  });

  it('is another one for a single account', async () => {
    const small = await makePlan(panel.api, 'small', { disk: '1G' });
    const large = await makePlan(panel.api, 'large', { disk: '9G' });
    const account = await makeAccount(panel.api, 'upgrade', small);
    const { body } = await panel.api.post<AccountBody>(`/accounts/${account.id}/change-plan`, {
      plan: large,
    });
    expect(body.plan).toEqual({ id: large, name: 'large' });
    await panel.settle();
    expect(quotaOf('upgrade')?.bytes).toBe(9 * GIB);
  });
});
