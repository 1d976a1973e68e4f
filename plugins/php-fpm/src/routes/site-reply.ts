import { resourceReply, resourceStatus, z } from '@tenpanel/sdk';
import type { PhpSite } from '../sites/site-entity.js';
import { endOfLife } from '../versions/end-of-life.js';

const iniReply = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const siteReply = z.strictObject({
  ...resourceReply,
  siteId: z.number().int(),
  domain: z.string(),
  version: z.string(),
  endOfLife: z.string().nullable(),
  badge: z.enum(['supported', 'securityOnly', 'endOfLife', 'unknown']),
  ini: iniReply.describe('Only the values that differ from the server’s defaults.'),
  pool: z
    .strictObject({
      mode: z.enum(['ondemand', 'dynamic', 'static']),
      maxChildren: z.number().int(),
      idleTimeoutSeconds: z.number().int(),
      maxRequests: z.number().int(),
      terminateTimeoutSeconds: z.number().int(),
    })
    .nullable()
    .describe('null: the site shares the pool of its account and version.'),
});

export function siteView(row: PhpSite, now: number): z.output<typeof siteReply> {
  const { siteId, domain, version, ini, pool } = row.spec;
  return {
    id: row.id,
    siteId,
    domain,
    version,
    ...endOfLife(version, now),
    ini,
    pool,
    status: resourceStatus(row),
    generation: row.generation,
    conditions: row.conditions,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
