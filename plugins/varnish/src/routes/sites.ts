import { EmitError, FieldError, idParam, textBlock, z, type EntityManager } from '@tenpanel/sdk';
import { defaultPolicy } from '../policy/default-policy.js';
import { policyChange, type CachePolicy } from '../policy/policy.js';
import { purge } from '../purge/purge.js';
import type { Room } from '../room.js';
import { changeSite, siteAndRow } from '../sites/site-store.js';
import { checkVcl } from '../vcl/check-vcl.js';
import { siteVclParts, type SiteVcl } from '../vcl/site-vcl.js';
import { siteReply, siteView } from './site-reply.js';

const tags = ['cache'];
const params = z.strictObject({ id: idParam });
const words = textBlock(8192).default('');
const purgeBody = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ url: z.string().max(500) }),
  z.strictObject({ tag: z.string().max(64) }),
]);

/** The cache of one site. */
export function siteRoutes(room: Room): void {
  const { kit, web } = room;
  const show = async (em: EntityManager, siteId: number, now: number) => {
    const { site, row } = await siteAndRow(room, em, siteId);
    return siteView(site, row, await defaultPolicy(kit.settings), now);
  };
  kit.route({
    method: 'GET',
    path: '/vhosts/{id}/cache',
    permission: 'cache.site.read',
    summary: 'Show the cache policy of a site',
    tags,
    params,
    reply: siteReply,
    command: { noun: 'cache', verb: 'show' },
    handler: ({ params: { id }, em, now }) => show(em, id, now),
  });
  kit.route({
    method: 'PATCH',
    path: '/vhosts/{id}/cache',
    permission: 'cache.site.write',
    summary: 'Change the cache policy of a site',
    tags,
    params,
    body: policyChange,
    reply: siteReply,
    status: 202,
    command: { noun: 'cache', verb: 'update' },
    async handler({ params: { id }, body, em, desired, now, audit, accepted }) {
      const policy = Object.fromEntries(
        Object.entries(body).filter(([, value]) => value !== undefined),
      ) as Partial<CachePolicy>;
      const row = await changeSite(room, em, desired, id, { policy });
      audit({
        object: `cache-site/${row.id}`,
        summary: `Cache policy of ${row.spec.domain}`,
        details: { ...body },
      });
      return accepted({ kind: 'cache-site', id: row.id }, (fresh) => show(fresh, id, now));
    },
  });
  kit.route({
    method: 'POST',
    path: '/vhosts/{id}/cache/purge',
    permission: 'cache.site.purge',
    summary: 'Forget pages of a site: {"all": true}, {"url": "/path"} or {"tag": "name"}',
    tags,
    params,
    body: purgeBody,
    reply: z.strictObject({ purged: z.literal(true) }),
    preview: false,
    command: { noun: 'cache', verb: 'purge' },
    async handler({ params: { id }, body, em, agent, audit }) {
      const { site } = await siteAndRow(room, em, id);
      audit({ object: `vhost/${id}`, summary: `Cache of ${site.domain} purged`, details: { ...body } });
      await purge(agent, site.id, body);
      return { purged: true as const };
    },
  });
  kit.route({
    method: 'GET',
    path: '/vhosts/{id}/cache/stats',
    permission: 'cache.site.read',
    summary: 'Show how often the cache answered for a site',
    tags,
    params,
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(90).default(7) }),
    reply: z.strictObject({
      hitRatio: z.number().nullable().describe('0 to 1 over all days; null without requests.'),
      days: z.array(
        z.strictObject({
          day: z.string(),
          requests: z.number(),
          hits: z.number(),
          misses: z.number(),
          hitRatio: z.number().nullable(),
        }),
      ),
    }),
    command: { noun: 'cache', verb: 'stats' },
    async handler({ params: { id }, query: { days }, em }) {
      const { site } = await siteAndRow(room, em, id);
      const traffic = await web.traffic(em, site.id, days);
      const total = traffic.reduce(
        (sum, day) => ({ hits: sum.hits + day.hits, requests: sum.requests + day.requests }),
        { hits: 0, requests: 0 },
      );
      return {
        hitRatio: ratio(total),
        days: traffic.map(({ day, requests, hits, misses }) => ({
          day,
          requests,
          hits,
          misses,
          hitRatio: ratio({ hits, requests }),
        })),
      };
    },
  });
  kit.route({
    method: 'PUT',
    path: '/vhosts/{id}/cache/vcl',
    permission: 'cache.vcl.write',
    summary: 'Give a site VCL of its own',
    description:
      'Bodies of three subroutines. Only if, set, unset and return (pass or synth) on a closed list of variables; what is private is decided by the shared policy before and after.',
    tags,
    params,
    body: z.strictObject({ recv: words, backendResponse: words, deliver: words }),
    reply: siteReply,
    status: 202,
    command: { noun: 'cache', verb: 'set-vcl' },
    async handler({ params: { id }, body, em, desired, now, audit, accepted }) {
      const row = await changeSite(room, em, desired, id, { vcl: checked(body) });
      audit({ object: `cache-site/${row.id}`, summary: `VCL of ${row.spec.domain}`, details: { ...body } });
      return accepted({ kind: 'cache-site', id: row.id }, (fresh) => show(fresh, id, now));
    },
  });
  kit.route({
    method: 'DELETE',
    path: '/vhosts/{id}/cache/vcl',
    permission: 'cache.vcl.write',
    summary: 'Take the own VCL of a site away',
    tags,
    params,
    reply: siteReply,
    status: 202,
    command: { noun: 'cache', verb: 'remove-vcl' },
    async handler({ params: { id }, em, desired, now, audit, accepted }) {
      const row = await changeSite(room, em, desired, id, { vcl: null });
      audit({ object: `cache-site/${row.id}`, summary: `VCL of ${row.spec.domain} removed` });
      return accepted({ kind: 'cache-site', id: row.id }, (fresh) => show(fresh, id, now));
    },
  });
}

function checked(body: SiteVcl): SiteVcl {
  for (const part of siteVclParts) {
    try {
      checkVcl(part, body[part]);
    } catch (error) {
      if (error instanceof EmitError)
        throw new FieldError(
          [part],
          'cache.badVcl',
          `This VCL cannot be taken: ${error.message.replace(/^vcl: /, '')}.`,
        );
      throw error;
    }
  }
  return { recv: body.recv, backendResponse: body.backendResponse, deliver: body.deliver };
}

function ratio({ hits, requests }: { hits: number; requests: number }): number | null {
  return requests === 0 ? null : Math.round((hits / requests) * 10_000) / 10_000;
}
