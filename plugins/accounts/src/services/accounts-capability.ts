import { NotFound, parseDomain, query, type Accounts, type EntityManager } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import { accountFacts } from './account-facts.js';
import { claimDomain, releaseDomains } from './domain-claims.js';
import { withDefaults } from './limit-values.js';
import type { Room } from './room.js';

/** What other plugins ask: who owns what. */
export function accountsCapability(room: Room): Accounts {
  const find = async (em: EntityManager, where: { id: number } | { name: string }) =>
    (await em.findOne(accountEntity, where)) as Account | null;
  return {
    async get(em, accountId) {
      const row = await find(em, { id: accountId });
      return row ? accountFacts(row) : null;
    },
    async byName(em, name) {
      const row = await find(em, { name });
      return row ? accountFacts(row) : null;
    },
    async many(em, accountIds) {
      const rows =
        accountIds.length === 0
          ? []
          : ((await em.find(accountEntity, { id: { $in: [...accountIds] } })) as Account[]);
      return new Map(rows.map((row) => [row.id, accountFacts(row)]));
    },
    async ids(em, afterId, limit) {
      const rows = await em.find(
        accountEntity,
        { id: { $gt: afterId }, deletedAt: null },
        { orderBy: { id: 'asc' }, limit, fields: ['id'] },
      );
      return rows.map((row) => row.id);
    },
    async limits(em, accountId, lock = false) {
      if (lock) {
        await em.flush();
        await query(em, 'select id from plg_accounts.account where id = ? for update', [accountId]);
      }
      const row = await find(em, { id: accountId });
      if (!row) throw new NotFound('account');
      return withDefaults(room.kit.limits.all(), row.spec.limits);
    },
    async claimDomain(em, accountId, domain, owner) {
      const row = await find(em, { id: accountId });
      if (!row) throw new NotFound('account');
      await claimDomain(em, accountId, domain, owner, await reservedDomains(room));
    },
    releaseDomains: (em, owner) => releaseDomains(em, owner),
    keepWhile: (holder) => void room.holders.push(holder),
    reportUsage: (source) => void room.sources.push(source),
  };
}

/** The setting is one line, names parted by commas or spaces; what is no name is passed over. */
async function reservedDomains(room: Room): Promise<string[]> {
  const raw = String((await room.kit.settings.get('reservedDomains')) ?? '');
  return raw
    .split(/[\s,]+/)
    .map((name) => parseDomain(name))
    .flatMap((parsed) => (parsed.ok ? [parsed.domain] : []));
}
