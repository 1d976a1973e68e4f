import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createOutbox, type KernelOutbox } from './create-outbox.js';
import { dispatchFacts, poisonedDeliveries } from './deliveries.js';
import { Wake } from './wake.js';

describe('the outbox among accidents', () => {
  let database: TestDatabase;
  let db: KernelDatabase;
  const started: KernelOutbox[] = [];
  const outboxOf = () => {
    const outbox = createOutbox({
      db,
      log: silentLog,
      attempts: 3,
      backOffSeconds: { first: 0.02, most: 0.05 },
    });
    started.push(outbox);
    return outbox;
  };
  const change = (text: string) => db.transaction('/', (em) => sql(em, text));

  beforeAll(async () => {
    database = await createTestDatabase();
    db = await createDatabase({ url: database.appUrl, log: silentLog });
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((outbox) => outbox.stop()));
    await change('delete from kernel.outbox');
  });
  afterAll(async () => {
    await db?.close();
    await database?.drop();
  });

  /** A fact with one delivery, as a worker leaves it behind that was killed. */
  const leftBehind = async (outbox: KernelOutbox, set: string) => {
    await db.transaction('/', (em) => outbox.publish(em, 'site.created', { id: 1 }));
    await db.transaction('/', (em) => dispatchFacts(em, [{ name: 'dns', topic: 'site.created' }], 10));
    await change(`update kernel.outbox_deliveries set ${set}`);
  };

  it('takes over at its start what a killed worker was delivering', async () => {
    const outbox = outboxOf();
    const seen: unknown[] = [];
    outbox.consume('site.created', 'dns', async (payload) => void seen.push(payload));
    await leftBehind(
      outbox,
      `attempt = 1, lease = gen_random_uuid(), leased_until = now() + interval '1 hour'`,
    );
    await outbox.work();
    await vi.waitFor(() => expect(seen).toEqual([{ id: 1 }]), { timeout: 5_000 });
  });

  it('gives up a delivery that ended the process each time, and goes on with the others', async () => {
    const outbox = outboxOf();
    const seen: unknown[] = [];
    outbox.consume('site.created', 'dns', async (payload) => void seen.push(payload));
    await leftBehind(outbox, 'attempt = 3');
    await outbox.work();
    await vi.waitFor(async () => {
      const poisoned = await db.read('/', (em) => poisonedDeliveries(em));
      expect(poisoned).toMatchObject([{ reason: expect.stringContaining('ended each time') as string }]);
    });
    await db.transaction('/', (em) => outbox.publish(em, 'site.created', { id: 2 }));
    await vi.waitFor(() => expect(seen).toEqual([{ id: 2 }]));
  });

  it('does not wait for a time that a clock which was set back has put far away', async () => {
    const outbox = outboxOf();
    const seen: unknown[] = [];
    outbox.consume('site.created', 'dns', async (payload) => void seen.push(payload));
    await leftBehind(outbox, `due_at = now() + interval '1 day'`);
    await outbox.work();
    await vi.waitFor(() => expect(seen).toEqual([{ id: 1 }]), { timeout: 5_000 });
  });

  it('rings its alarms in time when the clock of the machine is set back by a day', async () => {
    const wake = new Wake(60_000);
    let rounds = 0;
    const loop = wake.loop(
      async () => void rounds++,
      () => undefined,
    );
    await vi.waitFor(() => expect(rounds).toBe(1));
    wake.in(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
    try {
      await vi.waitFor(() => expect(rounds).toBe(2), { timeout: 2_000 });
    } finally {
      vi.useRealTimers();
      wake.stop();
      await loop;
    }
  });
});
