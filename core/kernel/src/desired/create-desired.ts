import type { EntityManager } from '@mikro-orm/core';
import { Conflict, NotFound, type Actor, type Desired, type ResourceRow } from '@tenpanel/sdk';
import type { DesiredFactory, Registry } from '../contracts.js';
import { sql } from '../db/sql.js';
import { wakeObjects } from '../reconcile/wake-objects.js';
import { recordChange, recordTouch } from './record-change.js';
import { resourceKind, setOwnColumns, type ResourceKind } from './resource-kind.js';

export interface DesiredOptions {
  registry: Pick<Registry, 'reconcilers'>;
  now?: () => number;
}

/**
 * The one way to change desired rows. Every call raises the generation and wakes the reconciler at the commit; all but
 * `touch` leave the new state in the history.
 */
export function createDesired(options: DesiredOptions): DesiredFactory {
  const now = () => new Date((options.now ?? Date.now)());
  return {
    for: (em, actor) => new DesiredRows(em, actor, (kind) => resourceKind(options.registry, em, kind), now),
  };
}

class DesiredRows implements Desired {
  constructor(
    readonly em: EntityManager,
    private readonly actor: Actor,
    private readonly kindOf: (kind: string) => ResourceKind,
    private readonly now: () => Date,
  ) {}

  async create<Row extends ResourceRow>(
    kind: string,
    values: { tenantId: number; spec: Row['spec']; columns?: Partial<Omit<Row, keyof ResourceRow>> },
  ): Promise<Row> {
    const known = this.kindOf(kind);
    const now = this.now();
    const columns: Record<string, unknown> = {};
    setOwnColumns(known, columns, values.columns);
    const row = this.em.create(known.spec.entity, {
      ...columns,
      tenantId: values.tenantId,
      spec: values.spec,
      generation: 1,
      observedGeneration: 0,
      conditions: [],
      finalizers: [known.owner],
      createdAt: now,
      updatedAt: now,
    } as never) as unknown as Row;
    await this.em.persist(row).flush();
    await this.#changed(known, row, 'create');
    return row;
  }

  async update<Row extends ResourceRow>(
    kind: string,
    row: Row,
    spec: Row['spec'],
    columns?: Partial<Omit<Row, keyof ResourceRow>>,
  ): Promise<Row> {
    const known = this.kindOf(kind);
    const { row: managed, missed } = await this.#lock<Row>(known, row);
    if (managed.deletedAt)
      throw new Conflict('resource.deleting', 'This is being deleted and cannot be changed any more.');
    // The new spec was computed from a row that is not the present one: written, it would undo what somebody else did.
    if (missed)
      throw new Conflict(
        'desired.changedMeanwhile',
        'This was changed meanwhile. Read it again, then repeat your change.',
      );
    managed.spec = spec;
    // Why the former state could not be reached says nothing about the new one; it would end every wait at once.
    managed.conditions = managed.conditions.filter(
      ({ type, status }) => type !== 'Ready' || status !== 'false',
    );
    setOwnColumns(known, managed, columns);
    await this.em.flush();
    await this.#changed(known, managed, 'update');
    return managed;
  }

  async delete(kind: string, row: ResourceRow): Promise<void> {
    const known = this.kindOf(kind);
    const { row: managed } = await this.#lock<ResourceRow>(known, row);
    if (managed.deletedAt) return;
    managed.deletedAt = managed.updatedAt;
    await this.em.flush();
    await this.#changed(known, managed, 'delete');
  }

  async touch(kind: string, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const known = this.kindOf(kind);
    await this.em.flush();
    // Locked in one order everywhere, so that two transactions that touch the same rows cannot block each other.
    const rows = await sql<{ id: number; generation: number }>(
      this.em,
      `with rows as (select id from ${known.table} where id = any($1::int[]) order by id for update)
       update ${known.table} t set generation = t.generation + 1, updated_at = $2 from rows where t.id = rows.id
       returning t.id, t.generation`,
      [[...ids], this.now().toISOString()],
    );
    for (const { id, generation } of rows) {
      const loaded = this.em.getUnitOfWork().getById<ResourceRow>(known.spec.entity as never, id as never);
      if (loaded) loaded.generation = generation;
    }
    await recordTouch(
      this.em,
      kind,
      rows.map(({ id }) => id),
    );
    wakeObjects(
      this.em,
      kind,
      rows.map(({ id }) => id),
    );
  }

  /**
   * The managed row under a lock, as it is now and with the next generation already set. `missed`: somebody has changed
   * it after it was read.
   */
  async #lock<Row extends ResourceRow>(
    known: ResourceKind,
    row: ResourceRow,
  ): Promise<{ row: Row; missed: boolean }> {
    await this.em.flush();
    const [locked] = await sql<{ generation: number }>(
      this.em,
      `select generation from ${known.table} where id = $1 for update`,
      [row.id],
    );
    const entity = known.spec.entity as never;
    const loaded = locked && ((await this.em.findOne(entity, { id: row.id } as never)) as Row | null);
    if (!locked || !loaded) throw new NotFound(known.kind);
    const missed = locked.generation > row.generation;
    if (locked.generation > loaded.generation)
      await this.em.findOne(entity, { id: row.id } as never, { refresh: true } as never);
    loaded.generation = locked.generation + 1;
    loaded.updatedAt = this.now();
    return { row: loaded, missed };
  }

  async #changed(
    known: ResourceKind,
    row: ResourceRow,
    change: 'create' | 'update' | 'delete',
  ): Promise<void> {
    await recordChange(this.em, known, row, change, this.actor);
    wakeObjects(this.em, known.kind, [row.id]);
  }
}
