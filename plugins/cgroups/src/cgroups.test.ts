import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPanel, type TestPanel } from '@tenpanel/testing';

interface Shown {
  accountId: number;
  account: string;
  status: string;
  generation: number;
  enforced: boolean | null;
  conditions: { type: string; status: string; reason: string; message: string }[];
  limits: { key: string; limit: number | null; plan: number | null; overridden: boolean }[];
  usage: {
    supported: boolean;
    reason: string | null;
    memoryBytes: number | null;
    oomKills: number | null;
    cpuThrottledCount: number | null;
    processLimitHits: number | null;
  };
}

const here = new URL('..', import.meta.url);
const accountsPlugin = new URL('../../accounts/', import.meta.url);
const MIB = 2 ** 20;
const basic = {
  memory: '512M',
  cpu: '150%',
  processes: 50,
  ioRead: '10M',
  ioWrite: 'unlimited',
  ioWeight: 200,
};
let panel: TestPanel;
let made = 0;

beforeAll(async () => {
  panel = await startTestPanel({ plugins: [here, accountsPlugin] });
});
afterAll(() => panel?.stop());

async function makePlan(limits: Record<string, unknown>): Promise<number> {
  const { status, body } = await panel.api.post<{ id: number }>('/plans', { name: `plan ${++made}`, limits });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.id;
}

interface Made {
  id: number;
  name: string;
  plan: number;
  ownerTenantId: number;
}

/** With a name and a plan that no other test knows, nor the first try of the same test: none waits for another's work. */
async function makeAccount(more: Record<string, unknown> = {}): Promise<Made> {
  const plan = await makePlan(basic);
  const name = `site${++made}`;
  const { status, body } = await panel.api.post<{ account: { id: number; ownerTenantId: number } }>(
    '/accounts',
    {
      name,
      plan,
      ...more,
    },
  );
  if (status !== 202) throw new Error(JSON.stringify(body));
  await panel.settle();
  return { ...body.account, name, plan };
}

const show = async (name: string, api = panel.api) => (await api.get<Shown>(`/cgroups/${name}`)).body;
const support = async () => (await panel.api.get('/cgroup-support')).body;
const owner = () => ({ email: `owner${++made}@example.org` });
const slice = (name: string) => panel.agent.state.slices.get(name);

describe('the limits of an account', () => {
  it('come from its plan when it is made, by exactly this call after the user is there', async () => {
    panel.agent.calls.length = 0;
    const { name } = await makeAccount();
    const calls = panel.agent.calls.filter(({ args }) => args['account'] === name);
    expect(calls.map(({ operation }) => operation)).toEqual([
      'account.ensure',
      'account.lock',
      'quota.set',
      'slice.set',
    ]);
    expect(calls.at(-1)?.args).toEqual({
      account: name,
      limits: {
        memoryBytes: 512 * MIB,
        cpuPercent: 150,
        processes: 50,
        ioReadBytesPerSecond: 10 * MIB,
        ioWriteBytesPerSecond: null,
        ioWeight: 200,
      },
    });
    expect(await show(name)).toMatchObject({ account: name, status: 'active', enforced: true });
  });

  it('are rolled back with the account when it cannot be made', async () => {
    const { name, plan } = await makeAccount();
    expect((await panel.api.post('/accounts', { name, plan })).status).toBe(409);
    const { items } = (await panel.api.get<{ items: Shown[] }>('/cgroups', { query: { limit: 200 } })).body;
    expect(items.filter((item) => item.account === name)).toHaveLength(1);
  });

  it('follow a change of the plan without a restart of anything', async () => {
    panel.agent.calls.length = 0;
    const account = await makeAccount();
    const other = await makePlan({ memory: '1G' });
    await panel.api.post(`/accounts/${account.id}/change-plan`, { plan: other });
    await panel.settle();
    expect(slice(account.name)).toMatchObject({ memoryBytes: 1024 * MIB, cpuPercent: 100 });
    await panel.api.patch(`/plans/${other}`, { limits: { memory: '2G' } });
    await panel.settle();
    expect(slice(account.name)).toMatchObject({ memoryBytes: 2048 * MIB });
    expect(panel.agent.calls.filter(({ operation }) => operation.startsWith('service.'))).toEqual([]);
  });

  it('can be set for one account, in sizes people write, by name or id, and go back to the plan', async () => {
    const account = await makeAccount();
    const { name, plan } = account;
    const { status, body } = await panel.api.patch<Shown>(`/cgroups/${name}`, {
      memory: '768M',
      cpu: '250%',
    });
    expect(status).toBe(202);
    expect(body.limits.find(({ key }) => key === 'memory')).toMatchObject({
      limit: 768 * MIB,
      plan: 512 * MIB,
      overridden: true,
    });
    await panel.api.patch(`/cgroups/${account.id}`, { processes: 'unlimited' });
    await panel.settle();
    expect(slice(name)).toEqual({
      memoryBytes: 768 * MIB,
      cpuPercent: 250,
      processes: null,
      ioReadBytesPerSecond: 10 * MIB,
      ioWriteBytesPerSecond: null,
      ioWeight: 200,
    });
    await panel.api.patch(`/plans/${plan}`, { limits: { ioWeight: 300 } });
    await panel.settle();
    expect(slice(name)).toMatchObject({ memoryBytes: 768 * MIB, ioWeight: 300 });
    await panel.api.post(`/cgroups/${name}/reset`, { keys: ['memory'] });
    await panel.settle();
    expect(slice(name)).toMatchObject({ memoryBytes: 512 * MIB, cpuPercent: 250 });
    await panel.api.post(`/cgroups/${name}/reset`, {});
    await panel.settle();
    expect(slice(name)).toMatchObject({ cpuPercent: 150, processes: 50 });
  });

  it.each([
    [{ memory: '1M' }, ['memory']],
    [{ memory: -5 }, ['memory']],
    [{ memory: 'lots' }, ['memory']],
    [{ cpu: 0 }, ['cpu']],
    [{ processes: 1 }, ['processes']],
    [{ ioWeight: 10_001 }, ['ioWeight']],
    [{ speed: 1 }, undefined],
    [{}, undefined],
  ])('refuse %o', async (body, path) => {
    const { name } = await makeAccount();
    const before = slice(name);
    expect(before).toMatchObject({ memoryBytes: 512 * MIB });
    const reply = await panel.api.patch<{ errors?: { path: string[] }[] }>(`/cgroups/${name}`, body);
    expect(reply.status).toBe(422);
    if (path) expect(reply.body.errors?.[0]?.path).toEqual(path);
    await panel.settle();
    expect(slice(name)).toEqual(before);
  });

  it('are shown with what is used and how often they were hit, and in the metrics of the account', async () => {
    const account = await makeAccount();
    panel.agent.state.usage.set(account.name, {
      memoryBytes: 400 * MIB,
      oomKills: 3,
      cpuThrottledCount: 17,
      processes: 12,
      processLimitHits: 2,
    });
    expect((await show(account.name)).usage).toMatchObject({
      supported: true,
      memoryBytes: 400 * MIB,
      oomKills: 3,
      cpuThrottledCount: 17,
      processLimitHits: 2,
    });
    const { body } = await panel.api.get<{ limits: object[]; counters: Record<string, number> }>(
      `/accounts/${account.id}/metrics`,
    );
    expect(body.limits).toContainEqual(
      expect.objectContaining({ key: 'memory', limit: 512 * MIB, used: 400 * MIB }),
    );
    expect(body.limits).toContainEqual(expect.objectContaining({ key: 'processes', limit: 50, used: 12 }));
    expect(body.counters).toMatchObject({
      'cgroups.oomKills': 3,
      'cgroups.cpuThrottledCount': 17,
      'cgroups.processLimitHits': 2,
    });
  });

  it('are exported as numbers for Prometheus', async () => {
    const { name } = await makeAccount();
    panel.agent.state.usage.set(name, { oomKills: 5, cpuThrottledMicroseconds: 2_500_000 });
    const read = async (metricName: string) => {
      const metric = panel.kernel.registry.metrics.find(({ spec }) => spec.name === metricName);
      const samples = (await panel.kernel.db.read('/', async (em) => metric?.spec.collect(em))) ?? [];
      return samples.find(({ labels }) => labels?.['account'] === name)?.value;
    };
    expect(await read('account_oom_kills_total')).toBe(5);
    expect(await read('account_cpu_throttled_seconds_total')).toBe(2.5);
  });

  it('are the own ones only: a reseller and a client see theirs, and set none', async () => {
    const { body } = await panel.api.post<{ reseller: { id: number } }>('/resellers', {
      name: 'R',
      email: `r${++made}@example.org`,
    });
    const reseller = await panel.as('reseller', { tenantId: body.reseller.id });
    const owned = await makeAccount({ owner: owner(), parentTenantId: body.reseller.id });
    const foreign = await makeAccount({ owner: owner() });
    const client = await panel.as('client', { tenantId: owned.ownerTenantId });
    for (const api of [reseller, client]) {
      expect((await api.get<{ items: Shown[] }>('/cgroups')).body.items.map((item) => item.account)).toEqual([
        owned.name,
      ]);
      expect((await api.get(`/cgroups/${owned.name}`)).status).toBe(200);
      expect((await api.get(`/cgroups/${foreign.name}`)).status).toBe(404);
      expect((await api.patch(`/cgroups/${owned.name}`, { memory: 'unlimited' })).status).toBe(403);
      expect((await api.post(`/cgroups/${owned.name}/reset`, {})).status).toBe(403);
    }
  });

  it('move with the account to its new owner', async () => {
    const account = await makeAccount({ owner: owner() });
    const other = await makeAccount({ owner: owner() });
    await panel.api.post(`/accounts/${account.id}/transfer`, { tenantId: other.ownerTenantId });
    const before = await panel.as('client', { tenantId: account.ownerTenantId });
    const after = await panel.as('client', { tenantId: other.ownerTenantId });
    expect((await before.get(`/cgroups/${account.name}`)).status).toBe(404);
    expect((await after.get(`/cgroups/${account.name}`)).status).toBe(200);
  });

  it('go with the account, after its Unix user', async () => {
    const { id, name } = await makeAccount();
    panel.agent.calls.length = 0;
    expect((await panel.api.post(`/accounts/${id}/purge`, { confirm: name })).status).toBe(202);
    await panel.settle();
    expect(
      panel.agent.calls.map(({ operation }) => operation).filter((name) => name.endsWith('.remove')),
    ).toEqual(['account.remove', 'slice.remove']);
    expect(slice(name)).toBeUndefined();
    expect((await panel.api.get(`/cgroups/${name}`)).status).toBe(404);
  });
});

describe('a server that cannot hold limits', () => {
  const doctor = () => {
    const check = panel.kernel.registry.checks.find(({ spec }) => spec.name === 'cgroups.support');
    return panel.kernel.db.read('/', async (em) => check?.spec.run({ em, agent: panel.kernel.agent }));
  };
  const withControllers = async (controllers: string[], work: () => Promise<void>) => {
    const { info } = panel.agent.state;
    const before = info.cgroup;
    info.cgroup = { version: 2, controllers };
    await work().finally(() => (info.cgroup = before));
  };

  it('says so, and everything else works', async () => {
    const { info } = panel.agent.state;
    const cgroup = { ...info.cgroup };
    info.cgroup = { version: 0, controllers: [], reason: 'cgroup v1 is mounted at /sys/fs/cgroup' };
    try {
      const { id, name } = await makeAccount();
      const shown = await show(name);
      expect(shown).toMatchObject({
        status: 'active',
        enforced: false,
        usage: { supported: false, reason: 'cgroup v1 is mounted at /sys/fs/cgroup', memoryBytes: null },
      });
      expect(shown.conditions).toContainEqual(
        expect.objectContaining({
          type: 'Enforced',
          status: 'false',
          message: expect.stringContaining('cgroup v1 is mounted'),
        }),
      );
      expect(await support()).toEqual({
        supported: false,
        controllers: [],
        missing: ['memory', 'cpu', 'pids', 'io'],
        reason: 'cgroup v1 is mounted at /sys/fs/cgroup',
      });
      expect(await doctor()).toMatchObject({ state: 'warn', message: expect.stringContaining('cgroup v1') });
      const { body } = await panel.api.get<{ limits: object[] }>(`/accounts/${id}/metrics`);
      expect(body.limits).toContainEqual(
        expect.objectContaining({ key: 'memory', limit: 512 * MIB, used: null }),
      );
    } finally {
      info.cgroup = cgroup;
    }
  });

  it('names the controllers that are missing', async () => {
    await withControllers(['cpu', 'memory'], async () => {
      expect(await support()).toMatchObject({
        supported: false,
        missing: ['pids', 'io'],
        reason: 'These cgroup v2 controllers are missing: pids, io.',
      });
    });
  });

  it('holds all but reading and writing where only the io controller is missing, and says so', async () => {
    await withControllers(['cpu', 'memory', 'pids'], async () => {
      expect(await support()).toMatchObject({
        supported: true,
        missing: ['io'],
        reason: expect.stringContaining('not limited'),
      });
      expect(await doctor()).toMatchObject({
        state: 'warn',
        message: expect.stringContaining('io controller'),
      });
    });
    expect(await doctor()).toMatchObject({ state: 'ok' });
  });
});

describe('accounts from a time without this plugin', () => {
  it('get their limits when it is enabled', async () => {
    const late = await startTestPanel({ plugins: [accountsPlugin] });
    try {
      const { body } = await late.api.post<{ id: number }>('/plans', { name: 'p' });
      for (const name of ['olda', 'oldb']) await late.api.post('/accounts', { name, plan: body.id });
      await late.settle();
      expect((await late.api.get('/cgroups')).status).toBe(404);
      await late.restart({ plugins: [accountsPlugin, here] });
      const schedule = late.kernel.registry.schedules.find(({ spec }) => spec.name === 'cgroups.assign');
      const { db, desired, hooks, log, agent } = late.kernel;
      const { systemActor } = await import('@tenpanel/kernel/hooks/system-actor');
      for (let twice = 0; twice < 2; twice++) {
        await schedule?.spec.run({
          jobId: 'test',
          attempt: 1,
          agent,
          log,
          signal: new AbortController().signal,
          progress: async () => undefined,
          transaction: (work) =>
            db.transaction('/', (em) => {
              const wanted = desired.for(em, systemActor('test'));
              return work(em, wanted, hooks.runner(em, systemActor('test'), wanted));
            }),
        });
      }
      await late.settle();
      expect([...late.agent.state.slices.keys()].sort()).toEqual(['olda', 'oldb']);
      expect(late.agent.state.slices.get('olda')).toMatchObject({
        memoryBytes: 1024 * MIB,
        cpuPercent: 100,
        processes: 100,
      });
    } finally {
      await late.stop();
    }
  });
});
