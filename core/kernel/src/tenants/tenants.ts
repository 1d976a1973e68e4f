import type { EntityManager } from '@mikro-orm/core';
import { Conflict, NotFound, PanelError } from '@tenpanel/sdk';
import { sql } from '../db/sql.js';
import type { TenantKind } from './tenant-entity.js';

export interface TenantRow {
  id: number;
  parentId: number | null;
  path: string;
  kind: TenantKind;
  name: string;
  suspended: boolean;
}

const COLUMNS = `id, parent_id as "parentId", path, kind, name, suspended`;

/** The tenant, or null when it does not exist or is not visible here. */
export async function findTenant(em: EntityManager, id: number): Promise<TenantRow | null> {
  return (await sql<TenantRow>(em, `select ${COLUMNS} from kernel.tenants where id = $1`, [id]))[0] ?? null;
}

/** Those of the ids that are visible here. */
export async function findTenants(em: EntityManager, ids: readonly number[]): Promise<TenantRow[]> {
  return sql<TenantRow>(em, `select ${COLUMNS} from kernel.tenants where id = any($1::int[]) order by id`, [
    ids,
  ]);
}

/** @throws NotFound */
export async function tenantPath(em: EntityManager, id: number): Promise<string> {
  const tenant = await findTenant(em, id);
  if (!tenant) throw new NotFound('tenant');
  return tenant.path;
}

/** @throws NotFound for an unseen parent; PanelError 422 below a client */
export async function createTenant(
  em: EntityManager,
  values: { parentId: number; kind: 'reseller' | 'client'; name: string },
): Promise<TenantRow> {
  // The share lock keeps a move of the parent from passing between reading its path and writing ours.
  const [parent] = await sql<TenantRow>(em, `select ${COLUMNS} from kernel.tenants where id = $1 for share`, [
    values.parentId,
  ]);
  if (!parent) throw new NotFound('tenant');
  refuseClient(parent);
  const [row] = await sql<TenantRow>(
    em,
    `with next as (select nextval(pg_get_serial_sequence('kernel.tenants', 'id'))::int as id)
     insert into kernel.tenants (id, parent_id, path, kind, name)
     select next.id, $1, $2 || next.id || '/', $3, $4 from next
     returning ${COLUMNS}`,
    [parent.id, parent.path, values.kind, values.name],
  );
  if (!row) throw new Error('The tenant was not inserted.');
  return row;
}

/**
 * Put a tenant with all below it under another parent; all paths of the subtree follow.
 * @throws NotFound, Conflict `tenant.moveIntoItself` and `tenant.isRoot`, PanelError 422 below a client
 */
export async function moveTenant(em: EntityManager, id: number, parentId: number): Promise<TenantRow> {
  // Two moves at once could hang two subtrees below each other, so they pass one by one.
  await sql(em, `select pg_advisory_xact_lock(hashtext('tenpanel.tenants.move'))`);
  const [tenant] = await sql<TenantRow>(
    em,
    `select ${COLUMNS} from kernel.tenants where id = $1 for update`,
    [id],
  );
  const [parent] = await sql<TenantRow>(
    em,
    `select ${COLUMNS} from kernel.tenants where id = $1 for update`,
    [parentId],
  );
  if (!tenant || !parent) throw new NotFound('tenant');
  if (tenant.parentId === null) throw new Conflict('tenant.isRoot', 'The provider itself cannot be moved.');
  if (parent.path.startsWith(tenant.path)) {
    throw new Conflict(
      'tenant.moveIntoItself',
      'A tenant cannot be moved below itself. Choose a parent outside of it.',
    );
  }
  refuseClient(parent);
  const path = `${parent.path}${tenant.id}/`;
  await sql(
    em,
    `update kernel.tenants
        set path = $2 || substr(path, length($1) + 1), parent_id = case when id = $3 then $4 else parent_id end
      where path ^@ $1`,
    [tenant.path, path, tenant.id, parent.id],
  );
  return { ...tenant, parentId: parent.id, path };
}

/** @throws NotFound */
export async function renameTenant(em: EntityManager, id: number, name: string): Promise<void> {
  await updated(em, `update kernel.tenants set name = $2 where id = $1 returning id`, [id, name]);
}

/** @throws NotFound; Conflict `tenant.isRoot`, because the provider would lock itself out */
export async function setTenantSuspended(em: EntityManager, id: number, suspended: boolean): Promise<void> {
  const tenant = await findTenant(em, id);
  if (tenant?.parentId === null)
    throw new Conflict('tenant.isRoot', 'The provider itself cannot be suspended.');
  await updated(em, `update kernel.tenants set suspended = $2 where id = $1 returning id`, [id, suspended]);
}

async function updated(em: EntityManager, text: string, values: readonly unknown[]): Promise<void> {
  if ((await sql(em, text, values)).length === 0) throw new NotFound('tenant');
}

function refuseClient(parent: TenantRow): void {
  if (parent.kind !== 'client') return;
  throw new PanelError(
    'tenant.parentIsClient',
    422,
    'A client has no tenants below it. Choose a reseller or the provider.',
    {},
    ['parentId'],
  );
}
