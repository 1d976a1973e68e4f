import { idParam, NotFound, z, type EntityManager } from '@tenpanel/sdk';
import { instanceOf } from '../pools/pool-key.js';
import { poolOf, siteRow } from '../pools/pool-store.js';
import type { Room } from '../room.js';
import { changeSite, siteChange } from '../sites/change-site.js';
import type { PhpSite } from '../sites/site-entity.js';
import { slotOf } from '../versions/slot.js';
import { siteReply, siteView } from './site-reply.js';

const tags = ['php'];
const params = z.strictObject({ id: idParam });
const stateReply = z.strictObject({
  pool: z.string(),
  version: z.string(),
  state: z
    .enum(['running', 'stopped', 'failed', 'starting', 'listening', 'missing'])
    .describe('listening: it starts with the next request.'),
  pid: z.number().int().nullable(),
  memoryBytes: z.number().nullable(),
});

/** PHP of one site. */
export function siteRoutes(room: Room): void {
  const { kit, web } = room;
  const find = async (em: EntityManager, siteId: number): Promise<PhpSite> => {
    const site = await web.get(em, siteId);
    const row = site && (await siteRow(em, siteId));
    if (!row) throw new NotFound('PHP site');
    return row;
  };
  const masterOf = async (em: EntityManager, siteId: number) => {
    const row = await find(em, siteId);
    const pool = await poolOf(em, row.spec);
    if (!pool) throw new NotFound('PHP pool');
    const service = {
      driver: 'php-fpm',
      service: slotOf(pool.spec.slot).service,
      instance: instanceOf(pool.spec),
    };
    return { row, service };
  };
  kit.route({
    method: 'GET',
    path: '/vhosts/{id}/php',
    permission: 'php.site.read',
    summary: 'Show PHP version and settings of a site',
    tags,
    params,
    reply: siteReply,
    command: { noun: 'php', verb: 'show' },
    handler: async ({ params: { id }, em, now }) => siteView(await find(em, id), now),
  });
  kit.route({
    method: 'PATCH',
    path: '/vhosts/{id}/php',
    permission: 'php.site.write',
    summary: 'Change PHP version and settings of a site',
    description: 'The site is served by its former version until the new one is ready.',
    tags,
    params,
    body: siteChange,
    reply: siteReply,
    status: 202,
    command: { noun: 'php', verb: 'update' },
    async handler({ params: { id }, body, em, desired, now, audit, accepted }) {
      const row = await changeSite(room, em, desired, id, body);
      audit({ object: `php-site/${row.id}`, summary: `PHP of ${row.spec.domain}`, details: { ...body } });
      return accepted({ kind: 'php-site', id: row.id }, async (fresh) =>
        siteView(await find(fresh, id), now),
      );
    },
  });
  kit.route({
    method: 'POST',
    path: '/vhosts/{id}/php/restart',
    permission: 'php.site.write',
    summary: 'Restart the PHP pool of a site',
    tags,
    params,
    reply: stateReply,
    preview: false,
    command: { noun: 'php', verb: 'restart' },
    async handler({ params: { id }, em, agent, audit }) {
      const { row, service } = await masterOf(em, id);
      audit({
        object: `php-site/${row.id}`,
        summary: `Restart of the PHP ${row.spec.version} pool ${service.instance}`,
      });
      const { state, pid, memoryBytes } = await agent('service.restart', service);
      return { pool: service.instance, version: row.spec.version, state, pid, memoryBytes };
    },
  });
  kit.route({
    method: 'GET',
    path: '/vhosts/{id}/php/status',
    permission: 'php.site.read',
    summary: 'Show the PHP process of a site',
    tags,
    params,
    reply: stateReply,
    command: { noun: 'php', verb: 'status' },
    async handler({ params: { id }, em, agent }) {
      const { row, service } = await masterOf(em, id);
      const { state, pid, memoryBytes } = await agent('service.status', service);
      return { pool: service.instance, version: row.spec.version, state, pid, memoryBytes };
    },
  });
}
