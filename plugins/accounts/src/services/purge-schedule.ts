import { oneForChange, query } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import { forgetDeletions } from './bulk-cap.js';
import { purgeAccount } from './delete-account.js';
import type { Room } from './room.js';

/** At most so many in one hour (rule of the bulk cap): the rest is due again in the next. */
const PER_RUN = 20;

/** Hourly: accounts whose grace days are over go for good. */
export function registerPurge(room: Room): void {
  const { kit } = room;
  kit.schedule({
    name: 'accounts.purge',
    cron: '17 * * * *',
    async run(ctx) {
      const now = new Date(kit.now()).toISOString();
      const due = await ctx.transaction((em) =>
        query<{ id: number }>(
          em,
          'select id from plg_accounts.account where purge_after <= ? and deleted_at is null order by purge_after limit ?',
          [now, PER_RUN],
        ),
      );
      await ctx.transaction((em) => forgetDeletions(em, kit.now()));
      for (const { id } of due) {
        if (ctx.signal.aborted) return;
        await ctx.transaction(async (em, desired, hooks) => {
          const row = await oneForChange<Account>(em, accountEntity, { id });
          // Restored in the meantime.
          if (!row?.spec.deleted || row.spec.deleted.purgeAfter > now) return;
          await purgeAccount(room, { em, desired, hooks, by: 'system', now: kit.now() }, row);
          ctx.log.info({ account: row.name }, 'account purged after its grace days');
        });
      }
    },
  });
}
