import { AsyncLocalStorage } from 'node:async_hooks';
import { oneForChange, type Desired } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { scopeOf } from '../db/transaction-scope.js';
import { createDesired } from '../desired/create-desired.js';
import { systemActor } from '../hooks/system-actor.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { widgetMigrations, widgetRegistry, WidgetEntity, type Widget } from '../reconcile/test-widgets.js';
import { createTenant } from '../tenants/tenants.js';
import { createHistory } from './create-history.js';

let database: TestDatabase;
let db: KernelDatabase;
const registry = widgetRegistry();
const desired = createDesired({ registry });
const history = createHistory({ registry, desired });
const actor = systemActor('test');

beforeAll(async () => {
  database = await createTestDatabase({ migrations: [{ owner: 'widgets', steps: widgetMigrations }] });
  db = await createDatabase({ url: database.appUrl, entities: [WidgetEntity as never], log: silentLog });
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

/** Somebody else, who knows nothing of a transaction that a test has open. */
const elsewhere = AsyncLocalStorage.snapshot();
/** One transaction of desired changes; answers its change id too. */
function change<T>(work: (d: Desired) => Promise<T>): Promise<{ changeId: string; result: T }> {
  return elsewhere(() =>
    db.transaction('/', async (em) => {
      const result = await work(desired.for(em, actor));
      return { changeId: scopeOf(em).changeId, result };
    }),
  );
}
const make = (size: number, label = 'w') =>
  change((d) =>
    d.create<Widget>('widget', {
      tenantId: 1,
      spec: { size },
      columns: { label, madeOn: new Date('2026-01-02T03:04:05Z') },
    }),
  );
const load = async (id: number) =>
  (await db.read('/', (em) => em.findOne(WidgetEntity, { id }))) as Widget | null;
const queue = () =>
  db.read('/', (em) =>
    sql<{ id: number; wake: string }>(
      em,
      'select object_id as id, wake from kernel.reconcile_queue order by 1',
    ),
  );
const undo = (changeId: string) =>
  db.transaction('/', async (em) => ({
    rows: await history.undo(em, actor, changeId),
    changeId: scopeOf(em).changeId,
  }));
/** What the reconciler does at the end of a deletion. */
const gone = (id: number) =>
  db.transaction('/', (em) => sql(em, 'delete from plg_widgets.widget where id = $1', [id]));

describe('desired state', () => {
  it('starts at generation 1, unobserved, and wakes the reconciler', async () => {
    const { result } = await make(1);
    expect(await load(result.id)).toMatchObject({
      generation: 1,
      observedGeneration: 0,
      conditions: [],
      finalizers: ['widgets'],
      spec: { size: 1 },
      label: 'w',
    });
    expect(await queue()).toContainEqual({ id: result.id, wake: '1' });
  });

  it('raises the generation with every change and touch, also of rows that were loaded before', async () => {
    const { result } = await make(1);
    await change(async (d) => {
      const row = (await d.em.findOneOrFail(WidgetEntity, { id: result.id })) as Widget;
      await d.touch('widget', [row.id]);
      expect(row.generation).toBe(2);
      await d.update('widget', row, { size: 2 }, { label: 'x' });
    });
    expect(await load(result.id)).toMatchObject({ generation: 3, spec: { size: 2 }, label: 'x' });
    expect(await queue()).toContainEqual({ id: result.id, wake: '2' });
  });

  it('refuses a change that was computed from a row which somebody else has changed meanwhile', async () => {
    const { result } = await make(1);
    const attempt = db.transaction('/', async (em) => {
      const row = (await em.findOneOrFail(WidgetEntity, { id: result.id })) as Widget;
      await change(async (d) => {
        const theirs = (await d.em.findOneOrFail(WidgetEntity, { id: result.id })) as Widget;
        await d.update('widget', theirs, { size: 2 });
      });
      await desired.for(em, actor).update('widget', row, { size: row.spec.size + 10 });
    });
    await expect(attempt).rejects.toMatchObject({ code: 'desired.changedMeanwhile', status: 409 });
    expect(await load(result.id)).toMatchObject({ generation: 2, spec: { size: 2 } });
  });

  it('loses no change when each one locks the row as it reads it', async () => {
    const { result } = await make(1);
    const grow = () =>
      change(async (d) => {
        const row = await oneForChange<Widget>(d.em, WidgetEntity, { id: result.id });
        if (row) await d.update('widget', row, { size: row.spec.size + 1 });
      });
    await Promise.all([grow(), grow(), grow(), grow()]);
    expect(await load(result.id)).toMatchObject({ generation: 5, spec: { size: 5 } });
  });

  it('deletes what was changed meanwhile as it is now', async () => {
    const { result } = await make(1);
    await db.transaction('/', async (em) => {
      const row = (await em.findOneOrFail(WidgetEntity, { id: result.id })) as Widget;
      await change((d) => d.update('widget', { ...result }, { size: 2 }));
      await desired.for(em, actor).delete('widget', row);
    });
    expect(await load(result.id)).toMatchObject({ generation: 3, spec: { size: 2 } });
    const [last] = await db.read('/', (em) =>
      sql<{ spec: unknown }>(
        em,
        `select spec from kernel.resource_history where kind = 'widget' and object_id = $1 and change = 'delete'`,
        [result.id],
      ),
    );
    expect(last).toEqual({ spec: { size: 2 } });
  });

  it('wakes nothing when the transaction is rolled back', async () => {
    const before = await queue();
    await change(async (d) => {
      await d.create<Widget>('widget', { tenantId: 1, spec: { size: 1 }, columns: { label: 'no' } });
      throw new Error('no');
    }).catch(() => undefined);
    expect(await queue()).toEqual(before);
  });

  it('refuses to change what is being deleted, and what belongs to others', async () => {
    const { result } = await make(1);
    await change((d) => d.delete('widget', result));
    await expect(change((d) => d.update('widget', result, { size: 2 }))).rejects.toMatchObject({
      code: 'resource.deleting',
    });
    const other = await db.transaction('/', (em) =>
      createTenant(em, { parentId: 1, kind: 'client', name: 'other' }),
    );
    const mine = await make(3);
    await expect(
      db.transaction(other.path, (em) => desired.for(em, actor).update('widget', mine.result, { size: 4 })),
    ).rejects.toMatchObject({ status: 404 });
    await db.transaction(other.path, (em) => desired.for(em, actor).touch('widget', [mine.result.id]));
    expect(await load(mine.result.id)).toMatchObject({ generation: 1, spec: { size: 3 } });
  });

  it('names the column that a plugin has wrong', async () => {
    await expect(
      change((d) => d.create('widget', { tenantId: 1, spec: {}, columns: { colour: 'red' } as never })),
    ).rejects.toThrow('no own column colour');
  });
});

describe('undo', () => {
  it('puts back the former spec and columns', async () => {
    const { result } = await make(1, 'first');
    const { changeId } = await change((d) =>
      d.update('widget', result, { size: 2 }, { label: 'second', madeOn: null } as Partial<Widget>),
    );
    expect((await undo(changeId)).rows).toEqual([{ kind: 'widget', id: result.id }]);
    const row = await load(result.id);
    expect(row).toMatchObject({ generation: 3, spec: { size: 1 }, label: 'first' });
    expect(row?.madeOn).toEqual(new Date('2026-01-02T03:04:05Z'));
  });

  it('deletes what was created, in one step for all of a transaction', async () => {
    const { changeId, result } = await change(async (d) => [
      await d.create<Widget>('widget', { tenantId: 1, spec: { size: 1 }, columns: { label: 'a' } }),
      await d.create<Widget>('widget', { tenantId: 1, spec: { size: 2 }, columns: { label: 'b' } }),
    ]);
    await undo(changeId);
    for (const row of result) expect((await load(row.id))?.deletedAt).toBeInstanceOf(Date);
  });

  it('brings a row back while it is still being removed', async () => {
    const { result } = await make(4);
    const { changeId } = await change((d) => d.delete('widget', result));
    await undo(changeId);
    expect(await load(result.id)).toMatchObject({ deletedAt: null, generation: 3, spec: { size: 4 } });
  });

  it('brings a row back that is gone, under its old id and with a later generation', async () => {
    const { result } = await make(5, 'old');
    const { changeId } = await change((d) => d.delete('widget', result));
    await gone(result.id);
    const undone = await undo(changeId);
    expect(await load(result.id)).toMatchObject({
      id: result.id,
      deletedAt: null,
      generation: 3,
      observedGeneration: 0,
      spec: { size: 5 },
      label: 'old',
    });
    expect(await queue()).toContainEqual(expect.objectContaining({ id: result.id }));
    // And the undo itself is undone.
    await undo(undone.changeId);
    expect((await load(result.id))?.deletedAt).toBeInstanceOf(Date);
  });

  it('looks again at what the change had touched without changing it', async () => {
    const { result: site } = await make(1, 'site');
    const { result: part } = await make(1, 'part');
    const { changeId } = await change(async (d) => {
      await d.update('widget', part, { size: 2 });
      await d.touch('widget', [site.id]);
    });
    const before = (await load(site.id))?.generation ?? 0;
    const undone = await undo(changeId);
    expect((await load(site.id))?.generation).toBe(before + 1);
    await undo(undone.changeId);
    expect((await load(site.id))?.generation).toBe(before + 2);
  });

  it('refuses when a row was changed again later', async () => {
    const { result } = await make(1);
    const first = await change((d) => d.update('widget', result, { size: 2 }));
    await change((d) => d.update('widget', first.result, { size: 3 }));
    await expect(undo(first.changeId)).rejects.toMatchObject({ status: 409, code: 'history.changedSince' });
    expect(await load(result.id)).toMatchObject({ spec: { size: 3 } });
  });

  it('knows nothing of the changes of others', async () => {
    const { changeId } = await make(1);
    const other = await db.transaction('/', (em) =>
      createTenant(em, { parentId: 1, kind: 'client', name: 'o' }),
    );
    await expect(db.transaction(other.path, (em) => history.undo(em, actor, changeId))).rejects.toMatchObject(
      { status: 404 },
    );
  });
});
