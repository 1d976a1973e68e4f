import type { EntityManager, ReconcilerSpec } from '@tenpanel/sdk';
import type { Room } from '../room.js';
import { slotOf } from '../versions/slot.js';
import { fingerprint } from './fingerprint.js';
import { poolContent, type PoolContent } from './pool-content.js';
import { poolEntity, type PhpPool } from './pool-entity.js';
import { instanceOf } from './pool-key.js';
import { renderPool, type PoolDefaults } from './render-pool.js';

/** One FPM master on the host: its two files, its socket, and the folders that its sites write to. */
export function poolReconciler(room: Room): ReconcilerSpec<PhpPool> {
  const { kit, accounts, versions } = room;
  return {
    kind: 'php-pool',
    observed: ['applied', 'unusedSince'],
    entity: poolEntity,
    services: (row) => [place(row)],
    async ready(row, { em }) {
      const account = await accounts.get(em, row.spec.accountId);
      if (!account?.ready) return { waiting: `The account ${row.spec.account} is being prepared.` };
      if (await predecessor(em, row))
        return { waiting: 'The former pool of this name is being removed.', retryAfter: 1 };
      if (await versions.find(em, row.spec.version)) return null;
      return {
        waiting: `PHP ${row.spec.version} is not installed on this server. Install it, or choose another version.`,
        retryAfter: 60,
      };
    },
    async render(row, { em }) {
      const content = await poolContent(em, row, room);
      const files = renderPool(kit, row, content, await defaults(room));
      const name = `${slotOf(row.spec.slot).configDir}/${instanceOf(row.spec)}`;
      return [
        {
          ...place(row),
          files: [
            { root: 'pools', path: `${name}.conf`, content: files.conf },
            { root: 'pools', path: `${name}.ini`, content: files.ini },
          ],
        },
      ];
    },
    async converge(row, ctx) {
      const content = await poolContent(ctx.em, row, room);
      const { account } = row.spec;
      const folders = foldersFor(row, content);
      // Neither needs the other; the first request that needs both comes when the web server knows the socket.
      const parts = await Promise.allSettled([
        folders.length > 0 ? ctx.agent('tenant.mkdir', { account, folders }) : null,
        ctx.apply(),
      ]);
      for (const part of parts) if (part.status === 'rejected') throw part.reason;
      const service = { driver: 'php-fpm', ...place(row) };
      if (content.account.suspended) await ctx.agent('service.disable', service);
      else await ctx.agent('service.enable', { ...service, account });
      await noteApplied(room, row, content);
      return [
        {
          type: 'Suspended',
          status: content.account.suspended ? 'true' : 'false',
          reason: content.account.suspended ? 'accountSuspended' : 'active',
          message: '',
        },
      ];
    },
    async remove(row, { agent }) {
      await agent('service.disable', { driver: 'php-fpm', ...place(row) });
    },
  };
}

function place(row: PhpPool): { service: string; instance: string } {
  return { service: slotOf(row.spec.slot).service, instance: instanceOf(row.spec) };
}

/**
 * What sites that are new to the pool write to: the pool may be there before the site's own folders. The modes are the
 * same that the web server gives them. Sites that the master holds already cost nothing here.
 */
function foldersFor(row: PhpPool, content: PoolContent): { path: string; mode: string }[] {
  const fresh = content.sites.filter(({ row: site }) => row.applied?.[site.siteId] === undefined);
  const shared = row.applied ? [] : [{ path: 'domains/.tmp', mode: '0700' }];
  const own = fresh.flatMap(({ facts }) => [
    { path: `domains/${facts.domain}`, mode: '0755' },
    ...['logs', 'tmp', 'tmp/sessions'].map((name) => ({
      path: `domains/${facts.domain}/${name}`,
      mode: '0700',
    })),
  ]);
  return [...shared, ...own];
}

async function defaults(room: Room): Promise<PoolDefaults> {
  const text = async (key: string) => String((await room.kit.settings.get(key)) ?? '');
  return {
    disabledFunctions: await text('disabledFunctions'),
    sendmailPath: await text('sendmailPath'),
    extraFolders: await text('extraFolders'),
  };
}

/** A pool that is going still holds the socket of this one. */
async function predecessor(em: EntityManager, row: PhpPool): Promise<boolean> {
  const others = (await em.find(poolEntity, {
    accountId: row.spec.accountId,
    deletedAt: { $ne: null },
  })) as PhpPool[];
  return others.some(
    (other) =>
      other.id !== row.id &&
      other.spec.slot === row.spec.slot &&
      instanceOf(other.spec) === instanceOf(row.spec),
  );
}

/** Remember what the master holds now, and let the sites that waited for it look again. */
async function noteApplied(room: Room, row: PhpPool, content: PoolContent): Promise<void> {
  const applied = Object.fromEntries(
    content.sites.map((site) => [site.row.siteId, fingerprint(site.row.spec)]),
  );
  await room.kit.transaction(async (em, desired) => {
    const live = (await em.findOne(poolEntity, { id: row.id })) as PhpPool | null;
    if (!live) return;
    const waiting = content.sites
      .filter(({ row: site }) => live.applied?.[site.siteId] !== applied[site.siteId])
      .map(({ row: site }) => site.id);
    // In the order in which a change of a site's PHP locks the two rows.
    if (waiting.length > 0) await desired.touch('php-site', waiting);
    live.applied = applied;
  });
}
