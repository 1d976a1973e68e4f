import { accountsToken, definePlugin, slicesToken } from '@tenpanel/sdk';
import { sliceEntity } from './entities/slice.js';
import { createSlices } from './migrations/0001-slices.js';
import { cgroupRoutes } from './routes/cgroups.js';
import { followAccounts } from './services/follow-accounts.js';
import { observe } from './services/observe.js';
import { sliceReconciler } from './services/reconcile-slice.js';
import { slicesCapability } from './services/slices-capability.js';

export default definePlugin({
  id: 'cgroups',
  deps: { accounts: accountsToken },
  entities: [sliceEntity],
  migrations: [createSlices],
  setup(kit, { accounts }) {
    kit.provide(slicesToken, slicesCapability(kit));
    kit.reconcile(sliceReconciler(kit, accounts));
    followAccounts(kit, accounts);
    observe(kit, accounts);
    cgroupRoutes(kit);
  },
});
