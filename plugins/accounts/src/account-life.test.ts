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
let plan: number;

beforeAll(async () => {
  panel = await startAccountsPanel();
  plan = await makePlan(panel.api, 'basic');
});
afterAll(() => panel?.stop());

const DAY = 86_400_000;
/** A day later, so that the deletions of one test are not counted in the next. */
const nextDay = () => void (panel.clock.now += DAY);
const unix = (name: string) => panel.agent.state.accounts.get(name);

describe('a suspended account', () => {
  it('keeps the reason, is locked on the server, and its owner cannot sign in; resuming undoes all of it', async () => {
    const account = await makeAccount(panel.api, 'susi', plan, { owner: { email: 'susi@example.org' } });
    const client = await panel.as('client', { tenantId: account.ownerTenantId });
    const { body } = await panel.api.post<AccountBody>(`/accounts/${account.id}/suspend`, {
      reason: 'unpaid invoice 7',
    });
    expect(body).toMatchObject({ status: 'suspended', suspension: { reason: 'unpaid invoice 7' } });
    await panel.settle();
    expect(unix('susi')?.locked).toBe(true);
    expect((await show(panel.api, account.id)).conditions).toContainEqual(
      expect.objectContaining({ type: 'Suspended', status: 'true', message: 'unpaid invoice 7' }),
    );
    expect([401, 403]).toContain((await client.get('/accounts')).status);
    await panel.api.post(`/accounts/${account.id}/resume`);
    await panel.settle();
    expect(unix('susi')?.locked).toBe(false);
    expect((await client.get('/accounts')).status).toBe(200);
    expect((await show(panel.api, account.id)).status).toBe('active');
  });

  it('needs a reason in one line', async () => {
    const account = await makeAccount(panel.api, 'reason', plan);
    for (const reason of [undefined, '', '   ', 'two\nlines', 'x'.repeat(501)]) {
      expect((await panel.api.post(`/accounts/${account.id}/suspend`, { reason })).status).toBe(422);
    }
  });

  it('is the same after being suspended and resumed 50 times, each twice', async () => {
    const account = await makeAccount(panel.api, 'fifty', plan);
    await panel.settle();
    const life = async (verb: string, body?: object) =>
      (await panel.api.post<AccountBody>(`/accounts/${account.id}/${verb}`, body)).body.generation;
    for (let round = 0; round < 50; round++) {
      const suspended = await life('suspend', { reason: 'again' });
      const resumed = await life('resume');
      expect(resumed).toBe(suspended + 1);
      // The second time nothing is left to do.
      if (round % 10 === 0) expect(await life('resume')).toBe(resumed);
      if (round % 10 === 5)
        expect([
          await life('suspend', { reason: 'once more' }),
          await life('suspend', { reason: 'once more' }),
          await life('resume'),
        ]).toEqual([resumed + 1, resumed + 1, resumed + 2]);
    }
    await panel.settle();
    expect(await show(panel.api, account.id)).toMatchObject({
      status: 'active',
      suspension: null,
      generation: 111,
    });
    expect(unix('fifty')).toMatchObject({ locked: false });
    expect(panel.agent.callsOf('account.remove')).toEqual([]);
  }, 120_000);

  it('lets its owner in while another account of the owner is active', async () => {
    const one = await makeAccount(panel.api, 'pairone', plan, { owner: { email: 'pair@example.org' } });
    await makeAccount(panel.api, 'pairtwo', plan, { ownerTenantId: one.ownerTenantId });
    const client = await panel.as('client', { tenantId: one.ownerTenantId });
    await panel.api.post(`/accounts/${one.id}/suspend`, { reason: 'x' });
    expect((await client.get('/accounts')).status).toBe(200);
  });
});

describe('a change of an account', () => {
  const lastChange = async (id: number) => {
    const { body } = await panel.api.get<{ items: { changeId: string }[] }>('/changes', {
      query: { kind: 'account', objectId: id, limit: 1 },
    });
    return body.items[0]?.changeId ?? '';
  };

  it('can be undone: plan, limits and state are again what they were', async () => {
    const larger = await makePlan(panel.api, 'larger', { disk: '7G' });
    const account = await makeAccount(panel.api, 'undoer', plan);
    await panel.settle();
    await panel.api.post(`/accounts/${account.id}/change-plan`, { plan: larger });
    expect(await panel.api.post(`/changes/${await lastChange(account.id)}/undo`)).toMatchObject({
      status: 202,
    });
    await panel.settle();
    expect(await show(panel.api, account.id)).toMatchObject({ plan: { id: plan }, status: 'active' });
    expect(panel.agent.state.quotas.get('undoer')?.bytes).toBeNull();
    expect((await panel.api.get<{ accounts: number }>(`/plans/${larger}`)).body.accounts).toBe(0);
    await panel.api.post(`/accounts/${account.id}/suspend`, { reason: 'by mistake' });
    await panel.api.post(`/changes/${await lastChange(account.id)}/undo`);
    expect(
      (
        await panel.api.get<{ items: AccountBody[] }>('/accounts', {
          query: { name: 'undoer', status: 'active' },
        })
      ).body.items,
    ).toHaveLength(1);
  });

  it('does not take back another one made at the same moment', async () => {
    const account = await makeAccount(panel.api, 'twohands', plan);
    const plans = [];
    for (let n = 0; n < 5; n++) plans.push(await makePlan(panel.api, `hand${n}`));
    for (let round = 0; round < 5; round++) {
      const replies = await Promise.all([
        panel.api.post(`/accounts/${account.id}/change-plan`, { plan: plans[round] }),
        panel.api.post(`/accounts/${account.id}/suspend`, { reason: `round ${round}` }),
        panel.api.patch(`/accounts/${account.id}`, {
          contact: { name: `round ${round}`, email: 'r@example.org' },
        }),
      ]);
      expect(replies.map((reply) => reply.status)).toEqual([202, 202, 202]);
      expect(await show(panel.api, account.id)).toMatchObject({
        plan: { id: plans[round] },
        suspension: { reason: `round ${round}` },
        contact: { name: `round ${round}` },
      });
    }
  });
});

describe('a deleted account', () => {
  it('is off at once, and comes back as it was when it is restored', async () => {
    nextDay();
    const account = await makeAccount(panel.api, 'dele', plan);
    await panel.api.post(`/accounts/${account.id}/suspend`, { reason: 'before' });
    const { body } = await panel.api.delete<AccountBody>(`/accounts/${account.id}`, {
      query: { reason: 'left us' },
    });
    expect(body).toMatchObject({ status: 'deleted', deletion: { reason: 'left us' } });
    expect(Date.parse(body.deletion?.purgeAfter ?? '') - panel.clock.now).toBe(14 * DAY);
    await panel.settle();
    expect(unix('dele')?.locked).toBe(true);
    expect(await panel.api.post(`/accounts/${account.id}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'account.isDeleted' },
    });
    const restored = await panel.api.post<AccountBody>(`/accounts/${account.id}/restore`);
    expect(restored.body).toMatchObject({
      status: 'suspended',
      deletion: null,
      suspension: { reason: 'before' },
    });
    await panel.api.post(`/accounts/${account.id}/resume`);
    await panel.settle();
    expect(unix('dele')?.locked).toBe(false);
  });

  it('can be previewed without being deleted', async () => {
    const account = await makeAccount(panel.api, 'preview', plan);
    await panel.settle();
    const { status } = await panel.api.delete(`/accounts/${account.id}`, { query: { dryRun: true } });
    expect(status).toBe(200);
    expect((await show(panel.api, account.id)).status).toBe('active');
  });

  it('is purged by the hourly run when its grace days are over, and not before', async () => {
    nextDay();
    const account = await makeAccount(panel.api, 'grace', plan);
    await panel.api.delete(`/accounts/${account.id}`);
    panel.clock.now += 14 * DAY - 1000;
    await runSchedule('accounts.purge');
    await panel.settle();
    expect((await show(panel.api, account.id)).status).toBe('deleted');
    panel.clock.now += 2000;
    await runSchedule('accounts.purge');
    await panel.settle();
    expect((await panel.api.get(`/accounts/${account.id}`)).status).toBe(404);
    expect(panel.agent.callsOf('account.remove')).toContainEqual({ account: 'grace', purge: true });
  });

  it('goes for good only with its name written out, and waits for what other plugins still have', async () => {
    nextDay();
    const account = await makeAccount(panel.api, 'purgeme', plan);
    await panel.settle();
    let remains: string | null = '2 sites are being removed';
    capability(panel).keepWhile({
      id: 'test',
      remains: async (_em, id) => (id === account.id ? remains : null),
    });
    const wrong = await panel.api.post<Problem>(`/accounts/${account.id}/purge`, { confirm: 'purgeyou' });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'account.confirmName' } });
    expect((await panel.api.post(`/accounts/${account.id}/purge`, { confirm: 'purgeme' })).status).toBe(202);
    await panel.settle();
    expect(unix('purgeme')).toBeDefined();
    const waiting = await show(panel.api, account.id);
    expect(waiting.status).toBe('deleting');
    expect(JSON.stringify(waiting.conditions)).toContain('2 sites are being removed');
    expect(await panel.api.post(`/accounts/${account.id}/restore`)).toMatchObject({
      status: 409,
      body: { code: 'account.isPurged' },
    });
    remains = null;
    await panel.settle();
    expect(unix('purgeme')).toBeUndefined();
    expect((await panel.api.get(`/accounts/${account.id}`)).status).toBe(404);
    await makeAccount(panel.api, 'purgeme', plan);
  });

  it('is one of a few in an hour; more need an administrator who says so, also when they are purged', async () => {
    nextDay();
    const reseller = await makeReseller(panel, 'bulk');
    const own = await makePlan(reseller.api, 'bulk');
    const accounts: AccountBody[] = [];
    for (const name of ['bulka', 'bulkb', 'bulkc', 'bulkd', 'bulke'])
      accounts.push(await makeAccount(reseller.api, name, own));
    const [a, b, c, d, e] = accounts as [AccountBody, AccountBody, AccountBody, AccountBody, AccountBody];
    await reseller.api.post(`/accounts/${a.id}/purge`, { confirm: 'bulka' });
    await reseller.api.delete(`/accounts/${b.id}`);
    await reseller.api.delete(`/accounts/${c.id}`);
    const refused = { status: 409, body: { code: 'account.bulkDeletion' } };
    expect(await reseller.api.delete(`/accounts/${d.id}`)).toMatchObject(refused);
    expect(await reseller.api.delete(`/accounts/${d.id}`, { query: { confirmBulk: true } })).toMatchObject(
      refused,
    );
    expect(await reseller.api.post(`/accounts/${d.id}/purge`, { confirm: 'bulkd' })).toMatchObject(refused);
    expect(await panel.api.delete(`/accounts/${d.id}`)).toMatchObject(refused);
    expect((await panel.api.delete(`/accounts/${d.id}`, { query: { confirmBulk: true } })).status).toBe(202);
    panel.clock.now += 3_600_001;
    expect((await reseller.api.delete(`/accounts/${e.id}`)).status).toBe(202);
  });
});

async function runSchedule(name: string): Promise<void> {
  const schedule = panel.kernel.registry.schedules.find(({ spec }) => spec.name === name);
  if (!schedule) throw new Error(`no schedule ${name}`);
  const { db, desired, hooks, log, agent } = panel.kernel;
  const { systemActor } = await import('@tenpanel/kernel/hooks/system-actor');
  await schedule.spec.run({
    jobId: 'test',
    attempt: 1,
    agent,
    log,
    signal: new AbortController().signal,
    progress: async () => undefined,
    transaction: (work) =>
      db.transaction('/', (em) => {
        const actor = systemActor('test');
        const wanted = desired.for(em, actor);
        return work(em, wanted, hooks.runner(em, actor, wanted));
      }),
  });
}
