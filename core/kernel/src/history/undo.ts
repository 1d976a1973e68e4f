import type { Desired, EntityManager } from '@tenpanel/sdk';

/**
 * Take back all changes of one transaction: created rows are deleted, changed rows get their former spec, deleted
 * rows come back. @throws NotFound when nothing is known of the change; Conflict `history.changedSince` when one of the
 * rows was changed again later.
 */
export async function undo(em: EntityManager, desired: Desired, changeId: string): Promise<{ kind: string; id: number }[]> {
  void [em, desired, changeId];
  throw new Error('in progress');
}
