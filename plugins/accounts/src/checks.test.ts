import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAccount, makePlan, startAccountsPanel } from '../test/panel.js';

/** The account's own switch, a name that the lint knows from elsewhere. */
const on = true;
let panel: Awaited<ReturnType<typeof startAccountsPanel>>;

beforeAll(async () => {
  panel = await startAccountsPanel();
  const plan = await makePlan(panel.api, 'p', { disk: '1G' });
  for (const name of ['docone', 'doctwo']) await makeAccount(panel.api, name, plan);
  await panel.settle();
});
afterAll(() => panel?.stop());

const check = (name: string) => {
  const found = panel.kernel.registry.checks.find(({ spec }) => spec.name === name)?.spec;
  if (!found) throw new Error(`no check ${name}`);
  return found;
};
const run = (name: string) =>
  panel.kernel.db.read('/', (em) => check(name).run({ em, agent: panel.agent.call }));

describe('doctor', () => {
  it('finds an account whose Unix user is gone, and makes it again', async () => {
    expect(await run('accounts.users')).toMatchObject({ state: 'ok' });
    panel.agent.state.accounts.delete('docone');
    expect(await run('accounts.users')).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('docone'),
    });
    const { db, desired } = panel.kernel;
    const { systemActor } = await import('@tenpanel/kernel/hooks/system-actor');
    await db.transaction('/', async (em) =>
      check('accounts.users').repair?.({
        em,
        agent: panel.agent.call,
        desired: desired.for(em, systemActor('doctor')),
      }),
    );
    await panel.settle();
    expect(panel.agent.state.accounts.has('docone')).toBe(true);
    expect(await run('accounts.users')).toMatchObject({ state: 'ok' });
  });

  it('finds a Unix user that no account has', async () => {
    await panel.agent.call('account.ensure', { account: 'stray', shell: false });
    expect(await run('accounts.users')).toMatchObject({
      state: 'warn',
      message: expect.stringContaining('stray'),
    });
  });

  it('says once, for all accounts together, that disk limits are not held', async () => {
    expect(await run('accounts.quota')).toMatchObject({ state: 'ok' });
    panel.quotas.supported = false;
    const { body } = await panel.api.get<{ items: { id: number }[] }>('/accounts');
    for (const { id } of body.items) await panel.api.patch(`/accounts/${id}`, { shell: on });
    await panel.settle();
    expect(await run('accounts.quota')).toMatchObject({
      state: 'warn',
      message: expect.stringContaining('not held: 2.'),
    });
  });
});

describe('numbers for Prometheus', () => {
  it('count accounts by state', async () => {
    const metric = panel.kernel.registry.metrics.find(({ spec }) => spec.name === 'accounts')?.spec;
    const { body } = await panel.api.get<{ items: { id: number }[] }>('/accounts');
    await panel.api.post(`/accounts/${body.items[0]?.id}/suspend`, { reason: 'x' });
    const samples = await panel.kernel.db.read('/', async (em) => metric?.collect(em));
    expect(samples).toEqual([
      { labels: { state: 'active' }, value: 1 },
      { labels: { state: 'suspended' }, value: 1 },
      { labels: { state: 'deleted' }, value: 0 },
    ]);
  });
});
