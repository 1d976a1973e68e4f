import { cacheToken, definePlugin, webToken } from '@tenpanel/sdk';
import { createCache } from './migrations/0001-create-cache.js';
import { purge } from './purge/purge.js';
import { cacheSocket, type Room } from './room.js';
import { serverRoutes } from './routes/server.js';
import { siteRoutes } from './routes/sites.js';
import { ensureServer } from './server/ensure-server.js';
import { serverEntity } from './server/server-entity.js';
import { serverReconciler } from './server/server-reconciler.js';
import { cacheContributor } from './sites/contribute.js';
import { followSites } from './sites/follow-sites.js';
import { siteEntity } from './sites/site-entity.js';
import { siteReconciler } from './sites/site-reconciler.js';

/** Varnish between the front and the back of the web server; a private answer is never kept. */
export default definePlugin({
  id: 'varnish',
  deps: { web: webToken },
  entities: [serverEntity, siteEntity],
  migrations: [createCache],
  setup(kit, { web }) {
    const room: Room = { kit, web };
    kit.provide(cacheToken, { purge: (_em, siteId, what) => purge(kit.agent, siteId, what) });
    kit.reconcile(serverReconciler(room));
    kit.reconcile(siteReconciler(room));
    web.contribute(cacheContributor(room));
    web.useCache({ id: 'varnish', socket: cacheSocket });
    followSites(room);
    siteRoutes(room);
    serverRoutes(room);
    // The shared part is there before the first site needs it.
    kit.onStart(() => kit.transaction((em, desired) => ensureServer(kit, em, desired)));
    kit.schedule({
      name: 'cache-server',
      cron: '* * * * *',
      run: (ctx) => ctx.transaction((em, desired) => ensureServer(kit, em, desired)),
    });
  },
});
