import { defineEntity, p, resourceProperties, type ResourceRow } from '@tenpanel/sdk';

/**
 * One FPM master: of an account and a version, or of one site that asked for its own. What is in it (sites, values,
 * workers) is read when it is rendered; the row only says that it should be.
 */
export interface PoolSpec {
  accountId: number;
  account: string;
  version: string;
  /** Folder and service on the host, see `slotOf`. */
  slot: string;
  /** The site it belongs to alone; null shares it between the account's sites. */
  siteId: number | null;
}

/** Columns that PostgreSQL computes from `spec` follow an undo by themselves. */
export const poolEntity = defineEntity({
  name: 'PhpPool',
  tableName: 'pool',
  schema: 'plg_php_fpm',
  properties: {
    ...resourceProperties<PoolSpec>(),
    accountId: p.integer().generated("((spec->>'accountId')::int) stored"),
    /** Site id -> fingerprint of the settings that the running master holds; null before its first start. */
    applied: p.json<Record<string, string>>().nullable(),
    unusedSince: p.datetime().nullable(),
  },
});

export interface PhpPool extends ResourceRow<PoolSpec> {
  readonly accountId: number;
  applied?: Record<string, string> | null;
  unusedSince?: Date | null;
}
