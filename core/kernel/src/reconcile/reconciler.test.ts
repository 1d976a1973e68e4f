import { AgentError, type ConfigChange } from '@tenpanel/protocol';
import {
  Conflict,
  PanelError,
  resourceStatus,
  type AgentCall,
  type ConfigSet,
  type Desired,
  type ReconcilerSpec,
  type ResourceRow,
} from '@tenpanel/sdk';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuditLog } from '../audit/create-audit-log.js';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { scopeOf } from '../db/transaction-scope.js';
import { createDesired } from '../desired/create-desired.js';
import { createHistory } from '../history/create-history.js';
import { systemActor } from '../hooks/system-actor.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createPlanner } from './create-planner.js';
import { createReconciler, type Reconciler } from './create-reconciler.js';
import { WidgetEntity, widgetMigrations, widgetRegistry, type Widget } from './test-widgets.js';

let database: TestDatabase;
let db: KernelDatabase;
const actor = systemActor('test');
const audit = createAuditLog({ key: Buffer.alloc(32, 1) });
const open: Reconciler[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ migrations: [{ owner: 'widgets', steps: widgetMigrations }] });
  db = await createDatabase({ url: database.appUrl, entities: [WidgetEntity as never], log: silentLog });
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((reconciler) => reconciler.stop()));
  // What a test leaves undone must not be picked up by the next one.
  await db.transaction('/', async (em) => {
    await sql(em, 'delete from plg_widgets.part');
    await sql(em, 'delete from plg_widgets.widget');
    await sql(em, 'delete from kernel.reconcile_queue');
  });
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

/** An agent that keeps what it is told, as the real one keeps files. */
function fakeAgent(fails?: (change: ConfigChange) => void) {
  const calls: ConfigChange[] = [];
  const files = new Map<string, string>();
  const call = async (name: string, args: unknown) => {
    const change = args as ConfigChange;
    if (name === 'config.plan') {
      return {
        files: change.files.map(({ root, path, content }) => ({
          root,
          path,
          absolute: `/${path}`,
          action: 'create',
          before: '',
          after: content,
        })),
        drifted: [],
      };
    }
    calls.push(change);
    fails?.(change);
    const place = `${change.resource}@${change.service}${change.instance ? `@${change.instance}` : ''}`;
    if (change.files.length === 0) files.delete(place);
    else files.set(place, change.files.map(({ content }) => content).join());
    return { changed: true, batch: 1, files: change.files.length };
  };
  return { calls, files, call: call as unknown as AgentCall };
}

const file = (row: ResourceRow, service = 'web', instance?: string): ConfigSet => ({
  service,
  ...(instance ? { instance } : {}),
  files: [{ root: 'sites', path: `${row.id}.conf`, content: `size ${(row as Widget).spec.size}` }],
});
const render = async (row: ResourceRow) => [file(row)];

async function world(spec: Partial<ReconcilerSpec<ResourceRow>>, agent = fakeAgent()) {
  const registry = widgetRegistry(spec);
  const reconciler = createReconciler({
    db,
    registry,
    agentFor: () => agent.call,
    audit,
    log: silentLog,
    backOffSeconds: { first: 0.02, most: 0.1 },
  });
  open.push(reconciler);
  const desired = createDesired({ registry });
  const change = <T>(work: (d: Desired) => Promise<T>) =>
    db.transaction('/', (em) => work(desired.for(em, actor)));
  const make = (size = 1) =>
    change((d) => d.create<Widget>('widget', { tenantId: 1, spec: { size }, columns: { label: 'w' } }));
  return { registry, reconciler, desired, agent, change, make };
}

const load = async (id: number) =>
  (await db.read('/', (em) => em.findOne(WidgetEntity, { id }))) as Widget | null;
const status = async (id: number) => {
  const row = await load(id);
  return row && resourceStatus(row);
};
const becomes = (id: number, wanted: string | null) =>
  expect.poll(() => status(id), { timeout: 10_000, interval: 10 }).toBe(wanted);
const condition = async (id: number, type: string) =>
  (await load(id))?.conditions.find((c) => c.type === type);

describe('the reconciler', () => {
  it('makes a row real and says so', async () => {
    const { reconciler, make, agent } = await world({ render });
    await reconciler.work();
    const heard: string[] = [];
    const unlisten = await db.listen('resource', (payload) => heard.push(payload));
    const { id } = await make(3);
    await becomes(id, 'active');
    expect(agent.calls).toEqual([
      {
        driver: 'widgets',
        service: 'web',
        resource: `widget/${id}`,
        generation: 1,
        files: [{ root: 'sites', path: `${id}.conf`, content: 'size 3' }],
      },
    ]);
    expect(await load(id)).toMatchObject({
      observedGeneration: 1,
      conditions: [{ type: 'Ready', status: 'true' }],
    });
    await expect
      .poll(() => heard.map((text) => JSON.parse(text) as unknown))
      .toContainEqual({ kind: 'widget', id, generation: 1, status: 'active' });
    expect(
      await db.read('/', (em) =>
        sql(em, `select outcome, summary from kernel.audit where object = $1`, [`widget/${id}`]),
      ),
    ).toEqual([{ outcome: 'ok', summary: 'generation 1 applied' }]);
    await unlisten();
  });

  it('is quick, because it is woken by the commit', async () => {
    const { reconciler, make } = await world({ render });
    await reconciler.work();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = performance.now();
    const { id } = await make();
    await becomes(id, 'active');
    expect(performance.now() - before).toBeLessThan(1_500);
  });

  it('forgets why the former state failed as soon as another one is wanted', async () => {
    const agent = fakeAgent(({ files }) => {
      if (files[0]?.content === 'size 1') throw new AgentError('agent.invalidConfig', 'size 1 is too small');
    });
    const { reconciler, make, change } = await world({ render }, agent);
    await reconciler.work();
    const row = await make(1);
    await becomes(row.id, 'degraded');
    const changed = await change(async (d) => {
      const present = (await d.em.findOneOrFail(WidgetEntity, { id: row.id })) as Widget;
      return d.update<Widget>('widget', present, { size: 2 });
    });
    expect(resourceStatus(changed)).toBe('provisioning');
    await becomes(row.id, 'active');
  });

  it('waits for others with the reason shown, and goes on when it is touched', async () => {
    let ready = false;
    const { reconciler, make, change } = await world({
      render,
      ready: async () => (ready ? null : { waiting: 'Waits for its certificate.', retryAfter: 600 }),
    });
    await reconciler.work();
    const { id } = await make();
    await expect
      .poll(() => condition(id, 'Waiting'))
      .toMatchObject({ status: 'true', message: 'Waits for its certificate.' });
    expect(await status(id)).toBe('provisioning');
    ready = true;
    await change((d) => d.touch('widget', [id]));
    await becomes(id, 'active');
    expect(await condition(id, 'Waiting')).toBeUndefined();
  });

  it('looks again by itself when it is to wait a short time', async () => {
    let looks = 0;
    const { reconciler, make } = await world({
      render,
      ready: async () => ((looks += 1) < 3 ? { waiting: 'Soon.', retryAfter: 0.05 } : null),
    });
    await reconciler.work();
    await becomes((await make()).id, 'active');
    expect(looks).toBe(3);
  });

  it('tries again after failures with growing pauses, and shows the words of the agent', async () => {
    let fails = 2;
    const times: number[] = [];
    const agent = fakeAgent(() => {
      times.push(performance.now());
      if (fails-- > 0) throw new PanelError('agent.invalidConfig', 422, 'The configuration was refused.', {});
    });
    const { reconciler, make } = await world({ render }, agent);
    await reconciler.work();
    const { id } = await make();
    await expect
      .poll(() => condition(id, 'Ready'))
      .toMatchObject({ status: 'false', reason: 'InvalidConfig', message: 'The configuration was refused.' });
    await becomes(id, 'active');
    expect(times).toHaveLength(3);
    expect(
      await db.read('/', (em) =>
        sql(em, `select outcome from kernel.audit where object = $1 order by id`, [`widget/${id}`]),
      ),
    ).toEqual([{ outcome: 'failed' }, { outcome: 'ok' }]);
  });

  it('does not show paths or SQL of an unknown error', async () => {
    const { reconciler, make } = await world({
      render: async () => Promise.reject(new Error('select secret from /etc/x')),
    });
    await reconciler.work();
    const { id } = await make();
    await becomes(id, 'degraded');
    expect((await condition(id, 'Ready'))?.message).toMatch(/The plugin widgets met something unexpected/);
  });

  it('does not write the outcome of an old generation over a newer one', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const sizes: number[] = [];
    const { reconciler, make, change } = await world({
      render,
      converge: async (row, ctx) => {
        await ctx.apply();
        sizes.push((row as Widget).spec.size);
        if (sizes.length === 1) await held;
        return [{ type: 'Size', status: 'true', reason: 'Seen', message: String((row as Widget).spec.size) }];
      },
    });
    await reconciler.work();
    const row = await make(1);
    await expect.poll(() => sizes).toEqual([1]);
    await change((d) => d.update('widget', row, { size: 2 }));
    // Woken, but never in two hands at once.
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(sizes).toEqual([1]);
    release();
    await becomes(row.id, 'active');
    expect(sizes).toEqual([1, 2]);
    expect(await load(row.id)).toMatchObject({ generation: 2, observedGeneration: 2 });
    expect(await condition(row.id, 'Size')).toMatchObject({ message: '2' });
  });

  it('clears the files of a service that the object has left', async () => {
    const { reconciler, make, change, agent } = await world({
      render: async (row) => [file(row, 'pool', (row as Widget).spec.size === 1 ? 'old' : 'new')],
    });
    await reconciler.work();
    const row = await make(1);
    await becomes(row.id, 'active');
    await change((d) => d.update('widget', row, { size: 2 }));
    await becomes(row.id, 'active');
    expect([...agent.files.keys()]).toEqual([`widget/${row.id}@pool@new`]);
  });

  it('takes a deleted row off the server, then out of the table', async () => {
    const order: string[] = [];
    const { reconciler, make, change, agent } = await world(
      { render, remove: async () => void order.push('remove') },
      fakeAgent(({ files }) => void order.push(files.length > 0 ? 'apply' : 'clear')),
    );
    await reconciler.work();
    const row = await make();
    await becomes(row.id, 'active');
    await change((d) => d.delete('widget', row));
    await becomes(row.id, null);
    expect(order).toEqual(['apply', 'clear', 'remove']);
    expect(agent.files.size).toBe(0);
    expect(
      await db.read('/', (em) =>
        sql(em, 'select 1 from kernel.reconcile_queue where object_id = $1', [row.id]),
      ),
    ).toEqual([]);
  });

  it('keeps a row whose removal has to wait, or that others refer to', async () => {
    let busy = true;
    const { reconciler, make, change } = await world({
      render,
      remove: async () => (busy ? { waiting: '2 sites are being removed.', retryAfter: 0.05 } : undefined),
    });
    await reconciler.work();
    const row = await make();
    await db.transaction('/', (em) =>
      sql(em, 'insert into plg_widgets.part (widget_id) values ($1)', [row.id]),
    );
    await becomes(row.id, 'active');
    await change((d) => d.delete('widget', row));
    await expect
      .poll(() => condition(row.id, 'Waiting'))
      .toMatchObject({ message: '2 sites are being removed.' });
    busy = false;
    await expect
      .poll(() => condition(row.id, 'Waiting'))
      .toMatchObject({ message: 'Other objects still refer to this one.' });
    await db.transaction('/', (em) => sql(em, 'delete from plg_widgets.part'));
    await change((d) => d.touch('widget', [row.id]));
    await becomes(row.id, null);
  });

  it('makes a removed row real again when the deletion is undone', async () => {
    const { registry, reconciler, desired, make, agent } = await world({ render });
    await reconciler.work();
    const row = await make(7);
    await becomes(row.id, 'active');
    const changeId = await db.transaction('/', async (em) => {
      await desired.for(em, actor).delete('widget', row);
      return scopeOf(em).changeId;
    });
    await becomes(row.id, null);
    await db.transaction('/', (em) => createHistory({ registry, desired }).undo(em, actor, changeId));
    await becomes(row.id, 'active');
    expect([...agent.files.values()]).toEqual(['size 7']);
    // The agent refuses a generation behind the one it has seen.
    const generations = agent.calls.map(({ generation }) => generation);
    expect(generations).toEqual([...generations].sort((a, b) => a - b));
  });

  it('goes on from where the server is, when the database was put back from a backup', async () => {
    const agent = fakeAgent(({ generation }) => {
      if (generation < 7) throw new AgentError('agent.stale', 'It comes too late.', { committed: 7 });
    });
    const { reconciler, make } = await world({ render }, agent);
    await reconciler.work();
    const { id } = await make();
    await expect.poll(async () => (await load(id))?.observedGeneration, { timeout: 10_000 }).toBe(8);
    expect(await status(id)).toBe('active');
  });

  it('goes on where a dead worker stopped', async () => {
    const { reconciler, make } = await world({ render });
    const { id } = await make();
    await db.transaction('/', (em) =>
      sql(
        em,
        `update kernel.reconcile_queue set leased_until = now() - interval '1 s', lease = gen_random_uuid()`,
      ),
    );
    await reconciler.work();
    await becomes(id, 'active');
  });

  it('finds rows that have no place in the queue, at its start', async () => {
    const { reconciler, make } = await world({ render });
    const { id } = await make();
    await db.transaction('/', (em) => sql(em, 'delete from kernel.reconcile_queue'));
    await reconciler.work();
    await becomes(id, 'active');
  });

  it('works on many objects at once, so that the agent can commit them together', async () => {
    let now = 0;
    let most = 0;
    const { reconciler, make } = await world({
      render,
      converge: async (_, ctx) => {
        most = Math.max(most, (now += 1));
        await ctx.apply();
        await new Promise((resolve) => setTimeout(resolve, 100));
        now -= 1;
      },
    });
    await reconciler.work();
    const rows = await Promise.all(Array.from({ length: 60 }, (_, i) => make(i)));
    for (const { id } of rows) await becomes(id, 'active');
    expect(most).toBeGreaterThan(20);
  });

  it('lets other plugins work while one of them hangs', async () => {
    const { registry, reconciler, desired } = await world({ render });
    let release: (sets: ConfigSet[]) => void = () => undefined;
    const hanging = new Promise<ConfigSet[]>((resolve) => (release = resolve));
    registry.reconcilers.set('hung', {
      owner: 'hung',
      spec: { kind: 'hung', entity: WidgetEntity as never, render: () => hanging },
    });
    await db.transaction('/', (em) =>
      sql(
        em,
        `insert into kernel.reconcile_queue (kind, object_id) select 'hung', id from generate_series(1, 200) id`,
      ),
    );
    await db.transaction('/', (em) =>
      sql(
        em,
        `insert into plg_widgets.widget (id, tenant_id, spec, conditions, finalizers, created_at, updated_at, label) select id, 1, '{"size":0}', '[]', '[]', now(), now(), 'h' from generate_series(900001, 900040) id`,
      ),
    );
    await db.transaction('/', (em) =>
      sql(em, `update kernel.reconcile_queue set object_id = object_id + 900000 where kind = 'hung'`),
    );
    await reconciler.work();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const row = await db.transaction('/', (em) =>
      desired
        .for(em, actor)
        .create<Widget>('widget', { tenantId: 1, spec: { size: 1 }, columns: { label: 'w' } }),
    );
    await becomes(row.id, 'active');
    release([]);
  });

  it('costs the same beside thousands of others', async () => {
    const others = 5_000;
    const changes = 100;
    const admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(
      `insert into plg_widgets.widget (id, tenant_id, spec, generation, observed_generation, conditions, finalizers, created_at, updated_at, label)
       select 100000 + id, 1, '{"size":0}', 1, 1, '[]', '[]', now(), now(), 'x' from generate_series(1, ${others}) id`,
    );
    await admin.query(
      `insert into kernel.reconcile_queue (kind, object_id, due_at) select 'widget', 100000 + id, now() + interval '1 hour' from generate_series(1, ${others}) id`,
    );
    await admin.query('analyze plg_widgets.widget, kernel.reconcile_queue');
    const read = async () => {
      const { rows } = await admin.query<{ n: string }>(
        `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as n from pg_stat_user_tables where (schemaname, relname) in (('plg_widgets', 'widget'), ('kernel', 'reconcile_queue'))`,
      );
      return Number(rows[0]?.n);
    };
    // The server counts what a connection has read when that connection ends.
    const own = await createDatabase({
      url: database.appUrl,
      entities: [WidgetEntity as never],
      log: silentLog,
    });
    const registry = widgetRegistry({ render });
    const desired = createDesired({ registry });
    const seen = new Set<number>();
    const agent = fakeAgent(({ generation }) => void seen.add(generation));
    const reconciler = createReconciler({
      db: own,
      registry,
      agentFor: () => agent.call,
      audit,
      log: silentLog,
    });
    const before = await read();
    await reconciler.work();
    let row = await own.transaction('/', (em) =>
      desired
        .for(em, actor)
        .create<Widget>('widget', { tenantId: 1, spec: { size: 1 }, columns: { label: 'w' } }),
    );
    for (let size = 2; size <= changes; size += 1) {
      const before = row;
      row = await own.transaction('/', (em) => desired.for(em, actor).update('widget', before, { size }));
      await expect.poll(() => seen.has(size), { timeout: 5_000, interval: 2 }).toBe(true);
    }
    await reconciler.stop();
    await own.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const tuples = (await read()) - before;
    await admin.end();
    // The start looks at each row once; were it so with each change, this would be half a million at least.
    expect(tuples).toBeGreaterThan(changes);
    expect(tuples).toBeLessThan(2 * others + 200 * changes);
  }, 60_000);
});

describe('a plan', () => {
  it('shows what rows of an open transaction would change, without touching anything', async () => {
    const { registry, desired, agent } = await world({ render });
    const planner = createPlanner({ registry, agentFor: () => agent.call });
    await expect(
      db.transaction('/', async (em) => {
        const row = await desired
          .for(em, actor)
          .create<Widget>('widget', { tenantId: 1, spec: { size: 4 }, columns: { label: 'w' } });
        const plans = await planner.planFor(em, 'widget', [row.id]);
        expect(plans).toMatchObject([
          { resource: `widget/${row.id}`, service: 'web', files: [{ action: 'create', after: 'size 4' }] },
        ]);
        expect(await planner.planAll(em)).toEqual(plans);
        throw new Conflict('test.dryRun', 'rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(agent.calls).toEqual([]);
  });
});
