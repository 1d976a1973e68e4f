import { raw, type EntitySchema, type FilterDef } from '@mikro-orm/core';
import { assertTenantPath } from './tenant-path.js';

/**
 * Limits every query on an entity with `tenantId` to the subtree that the transaction was opened for. It has no
 * default: without parameters the query throws. Row-level security says the same a second time.
 */
export function tenantFilter(entities: EntitySchema[]): FilterDef {
  return {
    name: 'tenant',
    default: true,
    entity: entities,
    cond: (args: { path: string }, type: 'read' | 'update' | 'delete') => {
      const path = assertTenantPath(args.path);
      if (path === '/') return {};
      // An array from an uncorrelated sub-select is computed once a query and lets an index on tenant_id be used.
      const visible = `any(array(select id from kernel.tenants where path ^@ '${path}'))`;
      const condition =
        type === 'read' ? raw((alias) => `${alias}.tenant_id = ${visible}`) : raw(`tenant_id = ${visible}`);
      return { [condition as unknown as string]: [] };
    },
  };
}
