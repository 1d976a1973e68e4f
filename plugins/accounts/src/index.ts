import { accountsToken, definePlugin, identityToken } from '@tenpanel/sdk';
import { accountEntity } from './entities/account.js';
import { planEntity } from './entities/plan.js';
import { resellerEntity } from './entities/reseller.js';
import { createAccounts } from './migrations/0001-accounts.js';
import { accountLifeRoutes } from './routes/account-life.js';
import { accountRoutes } from './routes/accounts.js';
import { changePlanRoutes } from './routes/change-plan-limits.js';
import { planRoutes } from './routes/plans.js';
import { resellerRoutes } from './routes/resellers.js';
import { suspendResellerRoutes } from './routes/suspend-resellers.js';
import { accountsCapability } from './services/accounts-capability.js';
import { registerChecks } from './services/checks.js';
import { registerLimits } from './services/limits.js';
import { registerPurge } from './services/purge-schedule.js';
import { accountReconciler } from './services/reconcile-account.js';
import type { Room } from './services/room.js';

export default definePlugin({
  id: 'accounts',
  deps: { identity: identityToken },
  entities: [planEntity, resellerEntity, accountEntity],
  migrations: [createAccounts],
  setup(kit, { identity }) {
    const room: Room = { kit, identity, holders: [], sources: [] };
    registerLimits(room);
    kit.provide(accountsToken, accountsCapability(room));
    kit.reconcile(accountReconciler(room));
    planRoutes(room);
    changePlanRoutes(room);
    resellerRoutes(room);
    suspendResellerRoutes(room);
    accountRoutes(room);
    accountLifeRoutes(room);
    registerPurge(room);
    registerChecks(room);
  },
});
