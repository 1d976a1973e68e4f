import type { Accounts, PluginKit } from '@tenpanel/sdk';
import { sliceEntity } from '../entities/slice.js';
import { assignSlice, sliceOf } from './assign-slice.js';

const BATCH = 100;

/** A slice lives as its account does: made with it, changed with its plan, moved and removed with it. */
export function followAccounts(kit: PluginKit, accounts: Accounts): void {
  kit.hooks.with('account.create', (account, { em, desired }) => assignSlice(accounts, em, desired, account));
  kit.hooks.with('account.plan', (account, { em, desired }) => assignSlice(accounts, em, desired, account));
  kit.hooks.with('account.transfer', (account, { em, desired }) =>
    assignSlice(accounts, em, desired, account),
  );
  kit.hooks.with('account.delete', async (account, { em, desired }) => {
    const row = await sliceOf(em, account.id);
    if (row && !row.deletedAt) await desired.delete('slice', row);
  });

  // Accounts that were made while this plugin was disabled.
  kit.schedule({
    name: 'cgroups.assign',
    cron: '*/5 * * * *',
    async run(ctx) {
      for (let afterId = 0; !ctx.signal.aborted;) {
        const from = afterId;
        const last = await ctx.transaction(async (em, desired) => {
          const ids = await accounts.ids(em, from, BATCH);
          const having = new Set(
            (await em.find(sliceEntity, { accountId: { $in: ids } }, { fields: ['accountId'] })).map(
              (row) => row.accountId,
            ),
          );
          const missing = await accounts.many(
            em,
            ids.filter((id) => !having.has(id)),
          );
          for (const account of missing.values()) await assignSlice(accounts, em, desired, account);
          return ids.length < BATCH ? null : (ids.at(-1) ?? null);
        });
        if (last === null) return;
        afterId = last;
      }
    },
  });
}
