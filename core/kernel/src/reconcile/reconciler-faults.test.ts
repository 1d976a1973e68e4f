import type { AgentCall, ResourceRow } from '@tenpanel/sdk';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAuditLog } from '../audit/create-audit-log.js';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { createDesired } from '../desired/create-desired.js';
import { systemActor } from '../hooks/system-actor.js';
import { parseDatabaseUrl } from '../db/database-url.js';
import { APP_ROLE } from '../postgres/ensure-roles.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createReconciler, type Reconciler } from './create-reconciler.js';
import { WidgetEntity, widgetMigrations, widgetRegistry, type Widget } from './test-widgets.js';

describe('the reconciler among accidents', () => {
  let database: TestDatabase;
  let db: KernelDatabase;
  const open: Reconciler[] = [];
  const others: KernelDatabase[] = [];
  const audit = createAuditLog({ key: Buffer.alloc(32, 1) });
  const converged: number[] = [];
  let hold: (row: ResourceRow) => Promise<void> = async () => undefined;
  /** What hangs in a test goes on at its end. */
  let gate = Promise.withResolvers<void>();
  const registry = widgetRegistry({
    converge: async (row) => {
      await hold(row);
      converged.push(row.id);
    },
  });
  const desired = createDesired({ registry });
  const connect = () =>
    createDatabase({ url: database.appUrl, entities: [WidgetEntity as never], log: silentLog });
  const make = () =>
    db.transaction('/', (em) =>
      desired
        .for(em, systemActor('test'))
        .create<Widget>('widget', { tenantId: 1, spec: { size: 1 }, columns: { label: 'w' } }),
    );
  const work = async (on: KernelDatabase = db) => {
    const reconciler = createReconciler({
      db: on,
      registry,
      agentFor: () => (async () => undefined) as unknown as AgentCall,
      audit,
      log: silentLog,
      backOffSeconds: { first: 0.02, most: 0.1 },
    });
    open.push(reconciler);
    await reconciler.work();
    return reconciler;
  };
  const name = () => new URL(database.adminUrl.replace(/^postgres(ql)?:/, 'http:')).pathname.slice(1);
  /** As somebody who keeps the server. */
  const admin = async (text: string) => {
    const client = new pg.Client({ ...parseDatabaseUrl(database.adminUrl) });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  const queued = async (id: number) =>
    (
      await db.read('/', (em) =>
        sql<{ lease: string | null; ms: number }>(
          em,
          'select lease, (extract(epoch from due_at - now()) * 1000)::float8 as ms from kernel.reconcile_queue where object_id = $1',
          [id],
        ),
      )
    )[0];

  beforeAll(async () => {
    database = await createTestDatabase({ migrations: [{ owner: 'widgets', steps: widgetMigrations }] });
    db = await connect();
  });
  afterEach(async () => {
    gate.resolve();
    await Promise.all(open.splice(0).map((reconciler) => reconciler.stop()));
    await Promise.all(others.splice(0).map((other) => other.close()));
    converged.length = 0;
    gate = Promise.withResolvers();
    hold = async () => undefined;
    await db.transaction('/', async (em) => {
      await sql(em, 'delete from plg_widgets.widget');
      await sql(em, 'delete from kernel.reconcile_queue');
    });
  });
  afterAll(async () => {
    await db?.close();
    await database?.drop();
  });

  it('takes over at its start what a worker held that was killed', async () => {
    const { id } = await make();
    await db.transaction('/', (em) =>
      sql(
        em,
        `update kernel.reconcile_queue set lease = gen_random_uuid(), leased_until = now() + interval '1 hour'`,
      ),
    );
    await work();
    await vi.waitFor(() => expect(converged).toEqual([id]), { timeout: 5_000 });
  });

  it('leaves alone what a living worker holds, over the loss of its connection too', async () => {
    const { id } = await make();
    let begun = 0;
    hold = () => (begun++, gate.promise);
    const other = await connect();
    others.push(other);
    const first = await work(other);
    await vi.waitFor(() => expect(begun).toBe(1));
    const holders = async () =>
      (
        await db.read('/', (em) =>
          sql<{ pid: number }>(
            em,
            `select pid from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and application_name = 'tenpanel-listen' and datname = current_database()`,
          ),
        )
      ).map(({ pid }) => pid);
    // The connection of the test's own database may still hold what earlier workers have left there.
    const lost = await holders();
    for (const pid of lost) await admin(`select pg_terminate_backend(${pid})`);
    await vi.waitFor(async () => {
      const now = await holders();
      expect(now).toHaveLength(lost.length);
      expect(now.filter((pid) => lost.includes(pid))).toEqual([]);
    });
    await work();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(begun).toBe(1);
    gate.resolve();
    await vi.waitFor(() => expect(converged).toEqual([id]));
    await first.stop();
  });

  it('comes back at once to an object whose outcome could not be written, also while others are in hand', async () => {
    const slow = await make();
    const { id } = await make();
    let lost = false;
    hold = async (row) => {
      if (row.id === slow.id) return gate.promise;
      if (lost) return;
      lost = true;
      // The database goes away between the work and its outcome.
      await admin(`revoke connect on database ${name()} from ${APP_ROLE}`);
      await admin(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${APP_ROLE}' and datname = current_database()`,
      );
      setTimeout(() => void admin(`grant connect on database ${name()} to ${APP_ROLE}`), 300);
    };
    await work();
    await vi.waitFor(() => expect(converged.filter((each) => each === id).length).toBeGreaterThan(1), {
      timeout: 10_000,
    });
    await vi.waitFor(async () => expect((await queued(id))?.lease).toBeNull());
    gate.resolve();
  });

  it('does not wait for a time that a clock which was set back has put far away', async () => {
    const { id } = await make();
    await db.transaction('/', (em) =>
      sql(em, `update kernel.reconcile_queue set due_at = now() + interval '1 day'`),
    );
    await work();
    await vi.waitFor(() => expect(converged).toEqual([id]), { timeout: 5_000 });
  });
});
