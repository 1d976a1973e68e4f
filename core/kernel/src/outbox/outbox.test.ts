import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createOutbox, type KernelOutbox } from './create-outbox.js';
import { poisonedDeliveries, retryPoisoned } from './deliveries.js';

let database: TestDatabase;
let db: KernelDatabase;
const started: KernelOutbox[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = await createDatabase({ url: database.appUrl, log: silentLog });
});

afterAll(async () => {
  await Promise.all(started.map((outbox) => outbox.stop()));
  await db?.close();
  await database?.drop();
});

function outboxOf(attempts = 3): KernelOutbox {
  const outbox = createOutbox({ db, log: silentLog, attempts, backOffSeconds: { first: 0.02, most: 0.05 } });
  started.push(outbox);
  return outbox;
}

const until = (check: () => void | Promise<void>) =>
  expect.poll(async () => (await check(), true), { timeout: 5_000, interval: 10 }).toBe(true);

describe('the outbox', () => {
  it('delivers a fact to each consumer after the commit, and nothing of a roll-back', async () => {
    const outbox = outboxOf();
    const seen: string[] = [];
    outbox.consume('site.created', 'a', async (payload) => void seen.push(`a:${JSON.stringify(payload)}`));
    outbox.consume('site.created', 'b', async (payload) => void seen.push(`b:${JSON.stringify(payload)}`));
    outbox.consume('*', 'all', async (_, { id }) => void seen.push(`all:${typeof id}`));
    outbox.consume('other', 'other', async () => void seen.push('other'));
    await outbox.work();
    await db
      .transaction('/', async (em) => {
        await outbox.publish(em, 'site.created', { id: 1 });
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await db.transaction('/', (em) => outbox.publish(em, 'site.created', { id: 2 }));
    await until(() => expect(seen).toHaveLength(3));
    expect(seen.sort()).toEqual(['a:{"id":2}', 'all:string', 'b:{"id":2}']);
    await until(async () =>
      expect(await db.read('/', (em) => sql(em, 'select 1 from kernel.outbox_deliveries'))).toEqual([]),
    );
    await outbox.stop();
  });

  it('arrives within milliseconds, because it is notified', async () => {
    const outbox = outboxOf();
    let arrived = 0;
    outbox.consume('quick', 'quick', async () => void (arrived = performance.now()));
    await outbox.work();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const sent = performance.now();
    await db.transaction('/', (em) => outbox.publish(em, 'quick', null));
    await until(() => expect(arrived).toBeGreaterThan(0));
    expect(arrived - sent).toBeLessThan(1_000);
    await outbox.stop();
  });

  it('tries again after a failure with the same id, without holding the others', async () => {
    const outbox = outboxOf();
    const tries: { id: string; attempt: number }[] = [];
    const good: unknown[] = [];
    outbox.consume('flaky', 'bad', async (_, delivery) => {
      tries.push({ id: delivery.id, attempt: delivery.attempt });
      if (delivery.attempt < 3) throw new Error('not yet');
    });
    outbox.consume('flaky', 'good', async (payload) => void good.push(payload));
    await outbox.work();
    await db.transaction('/', (em) => outbox.publish(em, 'flaky', 7));
    await until(() => expect(tries).toHaveLength(3));
    expect(good).toEqual([7]);
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(tries.map(({ id }) => id)).size).toBe(1);
    await outbox.stop();
  });

  it('puts a poisoned delivery aside with its reason, until somebody asks for it again', async () => {
    const outbox = outboxOf(2);
    let tries = 0;
    outbox.consume('poison', 'poison', async () => {
      tries += 1;
      if (tries <= 2) throw new Error('The other side says no.');
    });
    await outbox.work();
    await db.transaction('/', (em) => outbox.publish(em, 'poison', {}));
    await until(async () =>
      expect(await db.read('/', (em) => poisonedDeliveries(em))).toMatchObject([
        { consumer: 'poison', attempt: 2, reason: 'The other side says no.' },
      ]),
    );
    expect(tries).toBe(2);
    expect(await db.transaction('/', (em) => retryPoisoned(em))).toBe(1);
    await until(() => expect(tries).toBe(3));
    await until(async () =>
      expect(await db.read('/', (em) => sql(em, 'select 1 from kernel.outbox_deliveries'))).toEqual([]),
    );
    await outbox.stop();
  });

  it('takes over from a worker that died in the middle', async () => {
    const publisher = outboxOf();
    await db.transaction('/', (em) => publisher.publish(em, 'crash', 1));
    await db.transaction('/', async (em) => {
      const [fact] = await sql<{ id: string }>(
        em,
        `update kernel.outbox set dispatched = true where topic = 'crash' returning id`,
      );
      await sql(
        em,
        `insert into kernel.outbox_deliveries (outbox_id, consumer, attempt, lease, leased_until) values ($1, 'crash', 1, gen_random_uuid(), now() - interval '1 s')`,
        [fact?.id],
      );
    });
    const outbox = outboxOf();
    const attempts: number[] = [];
    outbox.consume('crash', 'crash', async (_, { attempt }) => void attempts.push(attempt));
    await outbox.work();
    await until(() => expect(attempts).toEqual([2]));
    await outbox.stop();
  });

  it('gives each delivery to one of several workers', async () => {
    const seen: number[] = [];
    const workers = [outboxOf(), outboxOf()];
    for (const outbox of workers) {
      outbox.consume('many', 'many', async (payload) => void seen.push(payload as number));
      await outbox.work();
    }
    await db.transaction('/', async (em) => {
      for (let i = 0; i < 200; i += 1) await workers[0]!.publish(em, 'many', i);
    });
    await until(() => expect(seen.length).toBeGreaterThanOrEqual(200));
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });
});
