import { defineEntity, p, resourceProperties, type ResourceRow } from '@tenpanel/sdk';

export interface CacheServerSpec {
  storageMegabytes: number;
  ttl: number;
  grace: number;
}

/** One row: the Varnish of this host. */
export const serverEntity = defineEntity({
  name: 'CacheServer',
  tableName: 'server',
  schema: 'plg_varnish',
  properties: {
    ...resourceProperties<CacheServerSpec>(),
    single: p.boolean().default(true),
    /** Megabytes that the running process was started with. */
    runningStorage: p.integer().nullable(),
  },
});

export interface CacheServer extends ResourceRow<CacheServerSpec> {
  single: boolean;
  runningStorage?: number | null;
}
