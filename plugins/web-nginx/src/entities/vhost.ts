import { defineEntity, p, resourceProperties, type ResourceRow, type SiteType } from '@tenpanel/sdk';
import type { VhostSpec } from '../spec/vhost-spec.js';

/** Columns that PostgreSQL computes from `spec` follow an undo of the spec by themselves. */
export const vhostEntity = defineEntity({
  name: 'Vhost',
  tableName: 'vhost',
  schema: 'plg_web_nginx',
  properties: {
    ...resourceProperties<VhostSpec>(),
    domain: p.string().generated("(spec->>'domain') stored"),
    accountId: p.integer().generated("((spec->>'accountId')::int) stored"),
    type: p.string().$type<SiteType>().generated("(spec->>'type') stored"),
    /** Public addresses of a proxy's target, looked up by the worker; nginx never resolves names itself. */
    addresses: p.json<string[]>().default([]),
    /** What becomes of the folder when the site is deleted. */
    filesOnDelete: p.string().$type<'keep' | 'trash'>().default('keep'),
  },
});

export interface Vhost extends ResourceRow<VhostSpec> {
  readonly domain: string;
  readonly accountId: number;
  readonly type: SiteType;
  addresses: string[];
  filesOnDelete: 'keep' | 'trash';
}
