import { query } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import type { Room } from './room.js';

/** Lines of `doctor`, and numbers for Prometheus. */
export function registerChecks(room: Room): void {
  const { kit } = room;

  kit.check({
    name: 'accounts.users',
    title: 'Accounts have their Unix users',
    async run({ em, agent }) {
      const { accounts } = await agent('account.list', {});
      const onServer = new Set(accounts.map((each) => each.account));
      const rows = await query<{ name: string; going: boolean }>(
        em,
        'select name, deleted_at is not null as going from plg_accounts.account order by name',
      );
      const missing = rows.filter((row) => !row.going && !onServer.has(row.name)).map((row) => row.name);
      const known = new Set(rows.map((row) => row.name));
      const foreign = [...onServer].filter((name) => !known.has(name));
      if (missing.length > 0) {
        return {
          state: 'fail',
          message: `Not on the server: ${some(missing)}.`,
          fix: 'Run doctor --repair; the users and homes are made again.',
        };
      }
      if (foreign.length > 0) {
        return {
          state: 'warn',
          message: `Unix users without an account: ${some(foreign)}.`,
          fix: 'Look at their homes, then remove them by hand.',
        };
      }
      return { state: 'ok', message: `All ${rows.length} have theirs.` };
    },
    async repair({ em, agent, desired }) {
      const { accounts } = await agent('account.list', {});
      const onServer = new Set(accounts.map((each) => each.account));
      const rows = ((await em.find(accountEntity, { deletedAt: null })) as Account[]).filter(
        (row) => !onServer.has(row.name),
      );
      await desired.touch(
        'account',
        rows.map((row) => row.id),
      );
      return `Users that are being made again: ${rows.length}.`;
    },
  });

  kit.check({
    name: 'accounts.quota',
    title: 'Disk limits are held',
    async run({ em }) {
      const [row] = await query<{ accounts: string }>(
        em,
        `select count(*)::text as accounts from plg_accounts.account
          where deleted_at is null and conditions @> '[{"type": "Quota", "status": "false"}]'`,
      );
      const accounts = Number(row?.accounts ?? 0);
      if (accounts === 0)
        return { state: 'ok', message: 'No account has a disk limit that this server cannot hold.' };
      return {
        state: 'warn',
        message: `The file system of /home has no user quotas. Accounts whose disk or inode limit is not held: ${accounts}.`,
        fix: 'Mount it with quotas (usrquota on ext4, uquota on xfs), then run doctor again.',
      };
    },
  });

  kit.metric({
    name: 'accounts',
    help: 'Accounts by state.',
    type: 'gauge',
    labels: ['state'],
    async collect(em) {
      const rows = await query<{ state: string; accounts: string }>(
        em,
        'select state, count(*)::text as accounts from plg_accounts.account group by state',
      );
      return ['active', 'suspended', 'deleted'].map((state) => ({
        labels: { state },
        value: Number(rows.find((row) => row.state === state)?.accounts ?? 0),
      }));
    },
  });

  kit.metric({
    name: 'domain_names',
    help: 'Domain names that accounts hold.',
    type: 'gauge',
    async collect(em) {
      const [row] = await query<{ names: string }>(
        em,
        'select count(*)::text as names from plg_accounts.domain_name',
      );
      return [{ value: Number(row?.names ?? 0) }];
    },
  });
}

function some(names: readonly string[]): string {
  return names.length <= 5
    ? names.join(', ')
    : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}
