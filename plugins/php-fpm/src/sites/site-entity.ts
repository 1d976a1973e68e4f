import { defineEntity, p, resourceProperties, type ResourceRow } from '@tenpanel/sdk';
import type { IniValues } from '../options/option-schema.js';
import type { PoolSettings } from '../options/pool-settings.js';

/** What one site wants of PHP. */
export interface PhpSiteSpec {
  siteId: number;
  accountId: number;
  account: string;
  domain: string;
  version: string;
  ini: IniValues;
  /** A master of its own with these settings; null shares the account's. */
  pool: PoolSettings | null;
}

export const siteEntity = defineEntity({
  name: 'PhpSite',
  tableName: 'site',
  schema: 'plg_php_fpm',
  properties: {
    ...resourceProperties<PhpSiteSpec>(),
    siteId: p.integer().generated("((spec->>'siteId')::int) stored"),
    accountId: p.integer().generated("((spec->>'accountId')::int) stored"),
    /** The pool that the web server is told to use now; it follows the wanted one when that is ready. */
    servedPoolId: p.integer().nullable(),
    servedSocket: p.string().nullable(),
  },
});

export interface PhpSite extends ResourceRow<PhpSiteSpec> {
  readonly siteId: number;
  readonly accountId: number;
  servedPoolId?: number | null;
  servedSocket?: string | null;
}
