import { setTimeout as pause } from 'node:timers/promises';
import { accountsToken, definePlugin, phpToken, webToken } from '@tenpanel/sdk';
import { createPhp } from './migrations/0001-create-php.js';
import { phpCapability } from './php-capability.js';
import { poolEntity } from './pools/pool-entity.js';
import { poolReconciler } from './pools/pool-reconciler.js';
import { sweepPools } from './pools/sweep.js';
import type { Room } from './room.js';
import { phpChecks } from './routes/checks.js';
import { siteRoutes } from './routes/sites.js';
import { versionRoutes } from './routes/versions.js';
import { phpContributor } from './sites/contribute.js';
import { followAccounts } from './sites/follow-accounts.js';
import { followSites } from './sites/follow-sites.js';
import { siteEntity } from './sites/site-entity.js';
import { siteReconciler } from './sites/site-reconciler.js';
import { installJob } from './versions/install-job.js';
import { versionEntity } from './versions/version-entity.js';
import { Versions } from './versions/versions.js';

const FIRST_LOOK_MS = 5000;

/** PHP-FPM in many versions: one master per account and version, inside the account's slice. */
export default definePlugin({
  id: 'php-fpm',
  deps: { accounts: accountsToken, web: webToken },
  entities: [versionEntity, poolEntity, siteEntity],
  migrations: [createPhp],
  async setup(kit, { accounts, web }) {
    const room: Room = { kit, accounts, web, versions: new Versions(kit) };
    kit.limit({
      key: 'phpWorkers',
      title: 'PHP workers of one pool',
      unit: 'count',
      default: 10,
      min: 1,
      max: 1000,
    });
    kit.provide(phpToken, phpCapability(room));
    kit.reconcile(poolReconciler(room));
    kit.reconcile(siteReconciler(room));
    web.contribute(phpContributor);
    followSites(room);
    followAccounts(room);
    versionRoutes(room);
    siteRoutes(room);
    phpChecks(room);
    kit.job(installJob(room));
    // On a new server the first site needs a version, so this start waits for a look. A busy host may take long to
    // answer, or the agent may not be there yet: the worker looks again.
    if (!(await room.versions.known())) {
      const look = room.versions
        .refresh()
        .catch((error: unknown) => kit.log.warn({ err: error }, 'the host’s PHP could not be looked at yet'));
      await Promise.race([look, pause(FIRST_LOOK_MS, undefined, { ref: false })]);
    }
    kit.onStart(() => room.versions.refresh());
    kit.schedule({
      name: 'php-versions',
      cron: '*/10 * * * *',
      run: ({ agent }) => room.versions.refresh(agent),
    });
    kit.schedule({
      name: 'php-sweep',
      cron: '* * * * *',
      run: async (ctx) => void (await ctx.transaction((em, desired) => sweepPools(em, desired, kit.now()))),
    });
  },
});
