import { idParam, z } from '@tenpanel/sdk';
import { siteFiles } from '../render/site-files.js';
import type { Room } from '../room.js';
import { findSite } from '../services/create-site.js';
import { readSiteLog } from '../services/site-log.js';
import { loadSiteView } from '../services/site-view.js';
import { trafficOf } from '../services/traffic-of.js';

const params = z.strictObject({ id: idParam });
const tags = ['vhosts'];

/** What a site's owner may look at: its logs, its traffic, and the configuration it became. */
export function insightRoutes(room: Room): void {
  const { kit } = room;

  kit.route({
    method: 'GET',
    path: '/vhosts/{id}/logs',
    permission: 'web.log.read',
    summary: 'Show the last lines of a site’s log',
    tags,
    command: { noun: 'vhosts', verb: 'logs' },
    params,
    query: z.strictObject({
      kind: z.enum(['access', 'error']).default('access'),
      lines: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    reply: z.strictObject({ kind: z.string(), lines: z.array(z.string()) }),
    async handler(ctx) {
      const row = await findSite(ctx.em, ctx.params.id);
      return {
        kind: ctx.query.kind,
        lines: await readSiteLog(ctx.agent, row, ctx.query.kind, ctx.query.lines),
      };
    },
  });

  kit.route({
    method: 'GET',
    path: '/vhosts/{id}/traffic',
    permission: 'web.log.read',
    summary: 'Show requests, bytes and cache hits of a site by day',
    tags,
    command: { noun: 'vhosts', verb: 'traffic' },
    params,
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(400).default(30) }),
    reply: z.strictObject({
      days: z.array(
        z.strictObject({
          day: z.string(),
          requests: z.number(),
          bytes: z.number(),
          hits: z.number(),
          misses: z.number(),
        }),
      ),
      total: z.strictObject({
        requests: z.number(),
        bytes: z.number(),
        hits: z.number(),
        misses: z.number(),
      }),
      hitRatio: z.number().nullable().meta({
        description: 'Hits among the answers that could be cached, 0 to 1; null when there were none',
      }),
    }),
    async handler(ctx) {
      const row = await findSite(ctx.em, ctx.params.id);
      const days = await trafficOf(ctx.em, row.id, ctx.query.days);
      const sum = (key: 'requests' | 'bytes' | 'hits' | 'misses'): number =>
        days.reduce((total, day) => total + day[key], 0);
      const total = {
        requests: sum('requests'),
        bytes: sum('bytes'),
        hits: sum('hits'),
        misses: sum('misses'),
      };
      const asked = total.hits + total.misses;
      return { days, total, hitRatio: asked === 0 ? null : total.hits / asked };
    },
  });

  kit.route({
    method: 'GET',
    path: '/vhosts/{id}/config',
    permission: 'web.site.read',
    summary: 'Show the web server files of a site as they should be',
    tags,
    command: { noun: 'vhosts', verb: 'config' },
    params,
    reply: z.strictObject({ files: z.array(z.strictObject({ path: z.string(), content: z.string() })) }),
    async handler(ctx) {
      const row = await findSite(ctx.em, ctx.params.id);
      const { files } = siteFiles(await loadSiteView(room, row, ctx.em));
      // Password hashes are nobody's to read.
      return {
        files: files
          .filter(({ root }) => root === 'conf')
          .map(({ path, content }) => ({ path: `/etc/nginx/conf.d/${path}`, content })),
      };
    },
  });
}
