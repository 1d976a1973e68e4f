import { query } from '@tenpanel/sdk';
import { vhostEntity, type Vhost } from '../entities/vhost.js';
import type { Room } from '../room.js';

/** Sites close with their account, open with it, move with it and go with it. */
export function followAccounts({ kit, accounts }: Room): void {
  for (const hook of ['account.suspend', 'account.resume'] as const) {
    kit.hooks.with(hook, async (account, { em, desired }) => {
      const rows = (await em.find(vhostEntity, { accountId: account.id, deletedAt: null })) as Vhost[];
      if (rows.length > 0)
        await desired.touch(
          'vhost',
          rows.map(({ id }) => id),
        );
    });
  }
  kit.hooks.with('account.delete', async (account, { em, desired }) => {
    for (const row of (await em.find(vhostEntity, { accountId: account.id, deletedAt: null })) as Vhost[])
      await desired.delete('vhost', row);
  });
  kit.hooks.with('account.transfer', async (account, { em }) => {
    await query(
      em,
      'update plg_web_nginx.traffic set tenant_id = ? where site_id in (select id from plg_web_nginx.vhost where account_id = ?)',
      [account.tenantId, account.id],
    );
    await query(em, 'update plg_web_nginx.vhost set tenant_id = ? where account_id = ?', [
      account.tenantId,
      account.id,
    ]);
  });
  accounts.keepWhile({
    id: kit.id,
    async remains(em, accountId) {
      const left = await em.count(vhostEntity, { accountId });
      return left === 0 ? null : `${left} ${left === 1 ? 'site is' : 'sites are'} being removed`;
    },
  });
  accounts.reportUsage({
    id: kit.id,
    async usage(em, accountId) {
      const [month] = await query<{ requests: string; bytes: string }>(
        em,
        `select coalesce(sum(t.requests), 0) as requests, coalesce(sum(t.bytes), 0) as bytes from plg_web_nginx.traffic t
          join plg_web_nginx.vhost v on v.id = t.site_id where v.account_id = ? and t.day >= date_trunc('month', now() at time zone 'utc')`,
        [accountId],
      );
      return {
        webRequestsThisMonth: Number(month?.requests ?? 0),
        webBytesThisMonth: Number(month?.bytes ?? 0),
      };
    },
  });
}
