import type { EntitySchema } from '@mikro-orm/core';
import type { PluginKit } from './kit.js';
import type { Dependencies, Resolved } from './token.js';

/**
 * One step of a plugin's schema. Names are sorted; a step that has run is never changed. The plugin's tables live in
 * schema `plg_<id>` (dashes as underscores), which is the search path while `up` runs.
 */
export interface MigrationStep {
  /** `0001_create_vhosts` */
  name: string;
  /** SQL statements, run in one transaction. */
  up: string[];
  /** Tables (unqualified) with a `tenant_id` column that get row-level security. */
  tenantTables?: string[];
}

export interface PluginDefinition<D extends Dependencies = Dependencies> {
  id: string;
  deps?: D;
  entities?: EntitySchema[];
  migrations?: MigrationStep[];
  setup(kit: PluginKit, deps: Resolved<D>): void | Promise<void>;
}

/**
 * @example
 * export default definePlugin({
 *   id: 'hello',
 *   deps: { accounts: accountsToken },
 *   setup(kit, { accounts }) { kit.route({ ... }); },
 * });
 */
export function definePlugin<D extends Dependencies>(definition: PluginDefinition<D>): PluginDefinition<D> {
  return definition;
}
