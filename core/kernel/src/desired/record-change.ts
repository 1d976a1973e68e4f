import type { EntityManager } from '@mikro-orm/core';
import type { Actor, ResourceRow } from '@tenpanel/sdk';
import { sql } from '../db/sql.js';
import { scopeOf } from '../db/transaction-scope.js';
import { ownColumns, type ResourceKind } from './resource-kind.js';

/** Keep the state that a row has now. All changes of one transaction share its change id, which undo takes back. */
export async function recordChange(
  em: EntityManager,
  kind: ResourceKind,
  row: ResourceRow,
  change: 'create' | 'update' | 'delete',
  actor: Actor,
): Promise<void> {
  const who = { kind: actor.kind, userId: actor.userId, name: actor.name, tenantId: actor.tenantId };
  await sql(
    em,
    `insert into kernel.resource_history (kind, object_id, tenant_id, generation, change, spec, columns, change_id, actor)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[
        kind.kind,
        row.id,
        row.tenantId,
        row.generation,
        change,
        JSON.stringify(row.spec),
        JSON.stringify(ownColumns(kind, row)),
      ],
      ...[scopeOf(em).changeId, JSON.stringify(who)],
    ],
  );
}

/** Keep what was touched in this transaction: an undo touches it again. */
export async function recordTouch(em: EntityManager, kind: string, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql(em, 'insert into kernel.resource_touches (change_id, kind, object_ids) values ($1, $2, $3)', [
    scopeOf(em).changeId,
    kind,
    [...ids],
  ]);
}
