import type { ReconcilerSpec } from '@tenpanel/sdk';
import { fingerprint } from '../pools/fingerprint.js';
import { instanceOf, socketOf } from '../pools/pool-key.js';
import { ensurePool, poolOf } from '../pools/pool-store.js';
import type { Room } from '../room.js';
import { siteEntity, type PhpSite } from './site-entity.js';

/**
 * Leads the web server to the pool that a site wants. The new pool must hold the site and listen first; until then the
 * site is served by its former one, so a change of version fails no request.
 */
export function siteReconciler(room: Room): ReconcilerSpec<PhpSite> {
  return {
    kind: 'php-site',
    entity: siteEntity,
    observed: ['servedPoolId', 'servedSocket'],
    async ready(row, { em }) {
      const pool = await poolOf(em, row.spec);
      if (pool?.applied?.[row.siteId] === fingerprint(row.spec)) return null;
      // An undo may want a pool that has let the site go, or that has been swept away.
      if (!pool || pool.observedGeneration === pool.generation) {
        await room.kit.transaction(async (own, desired) => {
          await ensurePool(own, desired, room.versions, row.tenantId, row.spec);
        });
        return { waiting: `PHP ${row.spec.version} is being prepared.`, retryAfter: 2 };
      }
      const reason = pool.conditions.find(
        (each) => each.type === 'Ready' && each.status === 'false',
      )?.message;
      return {
        waiting: reason || `The PHP ${row.spec.version} pool ${instanceOf(pool.spec)} is being prepared.`,
        retryAfter: 3,
      };
    },
    async converge(row, { em }) {
      const pool = await poolOf(em, row.spec);
      if (!pool || (row.servedPoolId === pool.id && row.servedSocket === socketOf(pool.spec))) return;
      await room.kit.transaction(async (own, desired) => {
        const live = (await own.findOne(siteEntity, { id: row.id })) as PhpSite | null;
        if (!live || live.deletedAt) return;
        // In the order in which a change of the site locks the two rows.
        await desired.touch('vhost', [row.siteId]);
        live.servedPoolId = pool.id;
        live.servedSocket = socketOf(pool.spec);
      });
    },
    async remove(row) {
      await room.kit.transaction(async (em, desired) => {
        const pool = await poolOf(em, row.spec);
        if (pool) await desired.touch('php-pool', [pool.id]);
      });
    },
  };
}
