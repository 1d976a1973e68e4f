import { waitingSince, type Accounts, type PluginKit, type ReconcilerSpec } from '@tenpanel/sdk';
import { effectiveLimits, sliceEntity, type Slice } from '../entities/slice.js';

/**
 * Limits are set while processes run; nothing is restarted. On a server that cannot hold them the row is done all the
 * same, with `Enforced` false and the reason.
 */
export function sliceReconciler(kit: PluginKit, accounts: Accounts): ReconcilerSpec<Slice> {
  let told = false;
  return {
    kind: 'slice',
    entity: sliceEntity,
    async ready(row, { em }) {
      const account = await accounts.get(em, row.spec.accountId);
      return account?.ready
        ? null
        : waitingSince(`The account ${row.spec.account} is not on the server yet.`, row.updatedAt, kit.now());
    },
    async converge(row, { agent, log }) {
      const { supported, reason } = await agent('slice.set', {
        account: row.spec.account,
        limits: effectiveLimits(row.spec),
      });
      if (supported) return [{ type: 'Enforced', status: 'true', reason: 'set', message: reason ?? '' }];
      const why = reason ?? 'It has no cgroup v2 controllers.';
      if (!told)
        log.warn(
          { reason: why },
          'limits of memory, CPU, processes and IO are kept but not held on this server',
        );
      told = true;
      return [
        {
          type: 'Enforced',
          status: 'false',
          reason: 'unsupported',
          message: `The limits are kept but not held on this server. ${why}`,
        },
      ];
    },
    async remove(row, { em, agent }) {
      // The account's processes end with its Unix user; before that the slice would come back by itself.
      if (await accounts.get(em, row.spec.accountId)) {
        return waitingSince(
          `The account ${row.spec.account} is being removed.`,
          row.deletedAt ?? row.updatedAt,
          kit.now(),
        );
      }
      await agent('slice.remove', { account: row.spec.account });
      return undefined;
    },
  };
}
