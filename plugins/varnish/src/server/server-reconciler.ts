import type { AgentCall, EntityManager, ReconcilerSpec } from '@tenpanel/sdk';
import type { Room } from '../room.js';
import { siteEntity, type CacheSite } from '../sites/site-entity.js';
import { renderServer, siteLabel, siteProgram, type ServerView } from './render-server.js';
import { serverEntity, type CacheServer } from './server-entity.js';
import { Varnish } from './varnish.js';

const REF = { driver: 'varnish', service: 'varnish' } as const;

/** The Varnish service: its shared files, its start, and the programs it need not keep. */
export function serverReconciler(room: Room): ReconcilerSpec<CacheServer> {
  return {
    kind: 'cache-server',
    observed: ['runningStorage'],
    entity: serverEntity,
    services: () => [{ service: 'varnish' }],
    async render(row, { em }) {
      const files = renderServer(room.kit, await view(room, em, row));
      return [
        {
          service: 'varnish',
          files: Object.entries(files).map(([path, content]) => ({ root: 'vcl', path, content })),
        },
      ];
    },
    async converge(row, ctx) {
      const varnish = new Varnish(ctx.agent);
      const { state } = await ctx.agent('service.status', REF);
      // The package starts Varnish with settings of its own, on a public port; that one cannot take our files.
      const foreign = state === 'running' && !(await varnish.answers());
      if (foreign) await ctx.agent('service.stop', REF);
      await ctx.apply();
      await ctx.agent('service.enable', REF);
      if (row.runningStorage !== row.spec.storageMegabytes)
        await restart(room, row, ctx.agent, foreign || state !== 'running');
      await tidy(varnish, await loadedSites(ctx.em));
    },
    async remove(_row, { agent }) {
      await agent('service.disable', REF);
    },
  };
}

async function view(room: Room, em: EntityManager, row: CacheServer): Promise<ServerView> {
  const megabytes = Number((await room.kit.settings.get('largestObjectMegabytes')) ?? 10);
  return {
    backend: room.web.backendSocket,
    ttl: row.spec.ttl,
    grace: row.spec.grace,
    maxObjectDigits: String(megabytes * 1_000_000).length,
    storageMegabytes: row.spec.storageMegabytes,
    sites: await loadedSites(em),
  };
}

async function loadedSites(em: EntityManager): Promise<ServerView['sites']> {
  const rows = (await em.find(
    siteEntity,
    { loadedGeneration: { $ne: null }, deletedAt: null },
    { orderBy: { siteId: 'asc' } },
  )) as CacheSite[];
  return rows.map((row) => ({ id: row.siteId, generation: row.loadedGeneration ?? 0 }));
}

/** Memory is given at the start only. A process that has just been started has it already. */
async function restart(room: Room, row: CacheServer, agent: AgentCall, fresh: boolean): Promise<void> {
  if (!fresh && row.runningStorage !== null) await agent('service.restart', REF);
  await room.kit.transaction(async (em) => {
    const live = (await em.findOne(serverEntity, { id: row.id })) as CacheServer | null;
    if (live) live.runningStorage = row.spec.storageMegabytes;
  });
}

/** What is still in use (a request under way) goes with the next look. */
async function tidy(varnish: Varnish, sites: ServerView['sites']): Promise<void> {
  if (!(await varnish.answers())) return;
  const wanted = new Set(sites.flatMap(({ id, generation }) => [siteLabel(id), siteProgram(id, generation)]));
  const stale = (await varnish.list()).filter(
    ({ name, active }) => !active && !wanted.has(name) && /^tp_(main|boot|plain|site)(_|$)/.test(name),
  );
  for (const { name } of stale.sort((a, b) => rank(a) - rank(b))) {
    await varnish.run('vclDiscard', { name }).catch(() => undefined);
  }
}

/** Old dispatchers hold labels, labels hold programs. */
function rank({ name, target }: { name: string; target: string | null }): number {
  if (target) return 1;
  return name.startsWith('tp_site_') ? 2 : 0;
}
