import type { Accounts, EntityManager, LimitSpec } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createSettings } from '../settings/create-settings.js';
import { createLimits } from './create-limits.js';

let database: TestDatabase;
let db: KernelDatabase;

beforeAll(async () => {
  database = await createTestDatabase({
    migrations: [
      {
        owner: 'plans',
        steps: [
          {
            name: '0001',
            up: [
              'create table plan (id int primary key, sites int)',
              'create table site (id int generated always as identity, account int)',
              'insert into plan values (1, 3), (2, null)',
            ],
          },
        ],
      },
    ],
  });
  db = await createDatabase({ url: database.appUrl, log: silentLog });
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

const sites: LimitSpec = {
  key: 'sites',
  title: 'Sites',
  unit: 'count',
  default: 1,
  used: async (em, account) =>
    Number(
      (
        await sql<{ n: string }>(em, 'select count(*) as n from plg_plans.site where account = $1', [account])
      )[0]?.n,
    ),
};
const accounts = {
  async limits(em: EntityManager, id: number, lock?: boolean) {
    if (id === 3) return {};
    const [plan] = await sql<{ sites: number | null }>(
      em,
      `select sites from plg_plans.plan where id = $1 ${lock ? 'for update' : ''}`,
      [id],
    );
    return { sites: plan?.sites ?? null };
  },
} as unknown as Accounts;
const limits = createLimits({
  registry: { limits: new Map([['sites', { owner: 'web', spec: sites }]]) },
  accounts: () => accounts,
});
const add = (account: number, count = 1) =>
  db.transaction('/', async (em) => {
    await limits.enforce(em, account, 'sites', count);
    for (let i = 0; i < count; i += 1)
      await sql(em, 'insert into plg_plans.site (account) values ($1)', [account]);
  });

describe('limits', () => {
  it('refuse what would exceed the plan, with the numbers', async () => {
    await add(1, 2);
    await expect(add(1, 2)).rejects.toMatchObject({
      status: 409,
      code: 'limit.reached',
      params: { key: 'sites', limit: 3, used: 2, add: 2 },
    });
    await add(1);
    await expect(add(1)).rejects.toMatchObject({ code: 'limit.reached' });
  });

  it('hold when many ask at once', async () => {
    await db.transaction('/', (em) => sql(em, 'delete from plg_plans.site'));
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => add(1)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('let an unlimited plan pass, and take the default where the plan says nothing', async () => {
    await add(2, 50);
    await add(3);
    await expect(add(3)).rejects.toMatchObject({ code: 'limit.reached', params: { limit: 1 } });
    expect(limits.all()).toEqual([sites]);
  });

  it('say what is missing', async () => {
    await expect(db.transaction('/', (em) => limits.enforce(em, 1, 'nothing'))).rejects.toThrow(
      'has the limit nothing',
    );
    const alone = createLimits({
      registry: { limits: new Map([['sites', { owner: 'web', spec: sites }]]) },
      accounts: () => undefined,
    });
    await expect(db.transaction('/', (em) => alone.enforce(em, 1, 'sites'))).rejects.toThrow(
      'accounts plugin',
    );
  });
});

describe('settings', () => {
  it('are kept by owner and key, as JSON', async () => {
    const settings = createSettings();
    await db.transaction('/', async (em) => {
      await settings.set(em, 'a', 'k', { list: [1, 'two', null] });
      await settings.set(em, 'b', 'k', false);
      await settings.set(em, 'b', 'k', 'changed');
      await settings.set(em, 'b', 'none', null);
    });
    const read = (owner: string, key: string) => db.read('/', (em) => settings.get(em, owner, key));
    expect(await read('a', 'k')).toEqual({ list: [1, 'two', null] });
    expect(await read('b', 'k')).toBe('changed');
    expect(await read('b', 'none')).toBeNull();
    expect(await read('a', 'never')).toBeUndefined();
  });
});
