import { accountsToken, definePlugin, webToken } from '@tenpanel/sdk';
import { vhostEntity } from './entities/vhost.js';
import { webServerEntity } from './entities/web-server.js';
import { registerSchedules } from './jobs/schedules.js';
import { createVhosts } from './migrations/0001-create-vhosts.js';
import { liveSites } from './migrations/0002-live-sites.js';
import type { Room } from './room.js';
import { convertRoute } from './routes/convert.js';
import { insightRoutes } from './routes/insight.js';
import { siteRoutes } from './routes/sites.js';
import { registerChecks } from './services/checks.js';
import { Contributors } from './services/contributors.js';
import { followAccounts } from './services/follow-accounts.js';
import { registerLimits } from './services/limits.js';
import { serverReconciler } from './services/reconcile-server.js';
import { vhostReconciler } from './services/reconcile-vhost.js';
import { ServerFacts } from './services/server-facts.js';
import { webCapability } from './services/web-capability.js';

/** Web sites served by nginx. */
export default definePlugin({
  id: 'web-nginx',
  deps: { accounts: accountsToken },
  entities: [vhostEntity, webServerEntity],
  migrations: [createVhosts, liveSites],
  setup(kit, { accounts }) {
    const contributors = new Contributors();
    const room: Room = { kit, accounts, contributors, server: new ServerFacts(kit, contributors) };
    kit.provide(webToken, webCapability(room));
    kit.reconcile(serverReconciler());
    kit.reconcile(vhostReconciler(room));
    registerLimits(room);
    followAccounts(room);
    siteRoutes(room);
    insightRoutes(room);
    convertRoute(room);
    registerSchedules(room);
    registerChecks(room);
  },
});
