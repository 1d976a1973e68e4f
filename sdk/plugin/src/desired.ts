import type { EntityManager } from '@mikro-orm/core';
import type { ResourceRow } from './resource.js';

/**
 * The one way to change desired state. Every call raises the generation, keeps the former spec in the history
 * (for undo), and puts a wake-up for the reconciler into the outbox, all in the caller's transaction.
 */
export interface Desired {
  /** Insert a row of a registered resource kind. `columns` are the entity's own columns beside the base ones. */
  create<Row extends ResourceRow>(
    kind: string,
    values: { tenantId: number; spec: Row['spec']; columns?: Partial<Omit<Row, keyof ResourceRow>> },
  ): Promise<Row>;
  /** Replace the spec (and own columns). */
  update<Row extends ResourceRow>(
    kind: string,
    row: Row,
    spec: Row['spec'],
    columns?: Partial<Omit<Row, keyof ResourceRow>>,
  ): Promise<Row>;
  /** Mark for deletion; the reconciler removes what is on the server, then the row. */
  delete(kind: string, row: ResourceRow): Promise<void>;
  /** Something this row is computed from has changed: compute and apply it again. No new history entry. */
  touch(kind: string, ids: readonly number[]): Promise<void>;
  readonly em: EntityManager;
}
