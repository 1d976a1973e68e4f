import type { AccountFacts, HookContext } from '@tenpanel/sdk';
import { livePools, liveSites } from '../pools/pool-store.js';
import { poolEntity } from '../pools/pool-entity.js';
import type { Room } from '../room.js';

/** Pools stop, start, shrink, move and go with their account. */
export function followAccounts(room: Room): void {
  const { kit, accounts } = room;
  const touchPools = async (account: AccountFacts, { em, desired }: HookContext) => {
    const pools = await livePools(em, account.id);
    if (pools.length > 0)
      await desired.touch(
        'php-pool',
        pools.map((pool) => pool.id),
      );
  };
  kit.hooks.with('account.suspend', touchPools);
  kit.hooks.with('account.resume', touchPools);
  kit.hooks.with('account.plan', touchPools);
  kit.hooks.with('account.transfer', async (account, { em }) => {
    for (const row of [...(await livePools(em, account.id)), ...(await liveSites(em, account.id))])
      row.tenantId = account.tenantId;
  });
  kit.hooks.with('account.delete', async (account, { em, desired }) => {
    for (const row of await liveSites(em, account.id)) await desired.delete('php-site', row);
    for (const row of await livePools(em, account.id)) await desired.delete('php-pool', row);
  });
  accounts.keepWhile({
    id: 'php-fpm',
    async remains(em, accountId) {
      const count = await em.count(poolEntity, { accountId });
      return count === 0
        ? null
        : count === 1
          ? 'a PHP pool is being removed'
          : `${count} PHP pools are being removed`;
    },
  });
}
