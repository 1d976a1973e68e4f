import type { EntityManager } from '@mikro-orm/core';
import { Conflict, NotFound, type Actor, type ResourceRow } from '@tenpanel/sdk';
import type { DesiredFactory, Registry } from '../contracts.js';
import { sql } from '../db/sql.js';
import { recordChange } from '../desired/record-change.js';
import { resourceKind, setWantedColumns } from '../desired/resource-kind.js';
import { wakeObjects } from '../reconcile/wake-objects.js';

export interface History {
  /**
   * Take back all changes of one transaction (`change_id` of its audit row): created rows are deleted, changed rows get
   * their former state, deleted rows come back under their old ids. The undo is a change itself and can be undone.
   * @throws NotFound when the change is not known here; Conflict `history.changedSince` when one of the rows was changed
   * again later; Conflict `history.kindMissing` when the plugin of a row does not run
   */
  undo(em: EntityManager, actor: Actor, changeId: string): Promise<{ kind: string; id: number }[]>;
}

interface Change {
  kind: string;
  id: number;
  first: number;
  last: number;
  /** Place in the history of the object's birth: rows are brought back in that order, taken away in the other. */
  born: string;
  changed_since: boolean;
}

interface State {
  change: 'create' | 'update' | 'delete';
  spec: unknown;
  columns: Record<string, unknown>;
  tenant_id: number;
}

export function createHistory(options: {
  registry: Pick<Registry, 'reconcilers'>;
  desired: DesiredFactory;
  now?: () => number;
}): History {
  const now = () => new Date((options.now ?? Date.now)());

  const restore = async (em: EntityManager, actor: Actor, change: Change, state: State) => {
    const kind = resourceKind(options.registry, em, change.kind);
    const desired = options.desired.for(em, actor);
    const [locked] = await sql<{ generation: number }>(
      em,
      `select generation from ${kind.table} where id = $1 for update`,
      [change.id],
    );
    const found =
      locked &&
      ((await em.findOne(kind.spec.entity as never, { id: change.id } as never)) as ResourceRow | null);
    if (found && !found.deletedAt) {
      const columns: Record<string, unknown> = {};
      setWantedColumns(kind, columns, state.columns);
      await desired.update(change.kind, found, state.spec, columns);
      return;
    }
    let row: ResourceRow;
    if (locked && found) {
      row = found;
      row.deletedAt = null;
      row.spec = state.spec;
      row.generation = locked.generation + 1;
      row.updatedAt = now();
      setWantedColumns(kind, row, state.columns);
    } else {
      const [top] = await sql<{ generation: number }>(
        em,
        'select max(generation) as generation from kernel.resource_history where kind = $1 and object_id = $2',
        [change.kind, change.id],
      );
      const columns: Record<string, unknown> = {};
      setWantedColumns(kind, columns, state.columns);
      const base = {
        id: change.id,
        tenantId: state.tenant_id,
        spec: state.spec,
        generation: (top?.generation ?? 0) + 1,
        observedGeneration: 0,
      };
      row = em.create(kind.spec.entity, {
        ...columns,
        ...base,
        conditions: [],
        finalizers: [kind.owner],
        createdAt: now(),
        updatedAt: now(),
      } as never) as unknown as ResourceRow;
      em.persist(row);
    }
    await em.flush();
    await recordChange(em, kind, row, 'create', actor);
    wakeObjects(em, change.kind, [row.id]);
  };

  const remove = async (em: EntityManager, actor: Actor, change: Change) => {
    const kind = resourceKind(options.registry, em, change.kind);
    const row = (await em.findOne(
      kind.spec.entity as never,
      { id: change.id } as never,
    )) as ResourceRow | null;
    if (row) await options.desired.for(em, actor).delete(change.kind, row);
  };

  return {
    async undo(em, actor, changeId) {
      const changes = await sql<Change>(em, CHANGES, [changeId]);
      if (changes.length === 0) throw new NotFound('change');
      for (const change of changes) {
        if (!options.registry.reconcilers.has(change.kind)) {
          throw new Conflict(
            'history.kindMissing',
            `The plugin of ${change.kind} ${change.id} does not run. Enable it, then undo.`,
            { kind: change.kind },
          );
        }
        if (change.changed_since) {
          throw new Conflict(
            'history.changedSince',
            `${change.kind} ${change.id} was changed again later. Undo that change first.`,
            { kind: change.kind, id: change.id },
          );
        }
      }
      const before = new Map<Change, State | undefined>();
      for (const change of changes)
        before.set(change, (await sql<State>(em, BEFORE, [change.kind, change.id, change.first]))[0]);
      const back = changes.filter((change) => (before.get(change)?.change ?? 'delete') !== 'delete');
      const away = changes.filter((change) => !back.includes(change));
      for (const change of away.reverse()) await remove(em, actor, change);
      for (const change of back) {
        const state = before.get(change);
        if (state) await restore(em, actor, change, state);
      }
      // What depends on the restored rows is looked at again, as it was when they were changed.
      const touched = await sql<{ kind: string; ids: number[] }>(em, TOUCHED, [changeId]);
      const desired = options.desired.for(em, actor);
      for (const { kind, ids } of touched)
        if (options.registry.reconcilers.has(kind)) await desired.touch(kind, ids);
      return changes.map(({ kind, id }) => ({ kind, id }));
    },
  };
}

const CHANGES = `
  select c.kind, c.object_id as id, c.first, c.last,
         (select min(b.id) from kernel.resource_history b where b.kind = c.kind and b.object_id = c.object_id) as born,
         exists (select 1 from kernel.resource_history l where l.kind = c.kind and l.object_id = c.object_id and l.generation > c.last) as changed_since
    from (select kind, object_id, min(generation) as first, max(generation) as last from kernel.resource_history
           where change_id = $1 group by kind, object_id) c
   order by born`;

const TOUCHED = `
  select kind, array_agg(distinct t.id order by t.id) as ids from kernel.resource_touches, unnest(object_ids) as t (id)
   where change_id = $1 group by kind order by kind`;

const BEFORE = `
  select change, spec, columns, tenant_id from kernel.resource_history
   where kind = $1 and object_id = $2 and generation < $3 order by generation desc limit 1`;
