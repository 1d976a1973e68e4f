import type { AgentCall, ReconcilerSpec } from '@tenpanel/sdk';
import type { Room } from '../room.js';
import { siteLabel, siteProgram } from '../server/render-server.js';
import { serverEntity } from '../server/server-entity.js';
import { Varnish } from '../server/varnish.js';
import { renderSite } from '../vcl/render-site.js';
import { siteEntity, type CacheSite } from './site-entity.js';

/** A site's own VCL. Its policy is data in the web server's file and needs nothing here. */
export function siteReconciler(room: Room): ReconcilerSpec<CacheSite> {
  return {
    kind: 'cache-site',
    observed: ['loadedGeneration'],
    entity: siteEntity,
    services: () => [{ service: 'sites' }],
    async render(row) {
      const { siteId, vcl } = row.spec;
      const files = vcl
        ? [{ root: 'vcl', path: `sites/${siteId}.vcl`, content: renderSite(room.kit, vcl) }]
        : [];
      return [{ service: 'sites', files }];
    },
    async converge(row, ctx) {
      const before = row.loadedGeneration ?? null;
      if (!row.spec.vcl) {
        await ctx.apply();
        if (before !== null) await note(room, row, null);
        return;
      }
      await ctx.apply();
      // Only the policy file is asked for by name; it must be there first.
      const generation = await load(ctx.agent, row);
      if (generation !== before) await note(room, row, generation);
    },
    async remove(row) {
      if (row.loadedGeneration) await note(room, row, null);
    },
  };
}

/** Compile, load beside the former one, and only then let the label point to it. */
async function load(agent: AgentCall, row: CacheSite): Promise<number> {
  const varnish = new Varnish(agent);
  const site = String(row.siteId);
  const { generation } = row;
  await varnish.run('vclCheck', { site });
  // While Varnish rests there is nothing to load into; it reads the file when it starts.
  if (!(await varnish.answers())) return generation;
  const listed = await varnish.list();
  const program = siteProgram(row.siteId, generation);
  if (!listed.some((each) => each.name === program))
    await varnish.run('vclLoad', { site, generation: String(generation) });
  if (listed.find((each) => each.name === siteLabel(row.siteId))?.target !== program)
    await varnish.run('vclLabel', { site, generation: String(generation) });
  return generation;
}

/** Remember what is loaded, and let the dispatcher follow. */
async function note(room: Room, row: CacheSite, generation: number | null): Promise<void> {
  await room.kit.transaction(async (em, desired) => {
    const live = (await em.findOne(siteEntity, { id: row.id })) as CacheSite | null;
    if (live) live.loadedGeneration = generation;
    await em.flush();
    const server = await em.findOne(serverEntity, { single: true });
    if (server) await desired.touch('cache-server', [server.id]);
  });
}
