import type { EntityManager } from '@mikro-orm/core';
import { createToken } from '../token.js';

/** A customer's Unix account as other plugins see it. */
export interface AccountFacts {
  id: number;
  tenantId: number;
  /** Unix user, `^[a-z][a-z0-9]{1,15}$`; also the slice `tenpanel-<name>.slice`. */
  name: string;
  home: string;
  planId: number;
  suspended: boolean;
  suspendedReason: string | null;
  /** True when user, group and home are on the server. */
  ready: boolean;
}

/** The accounts plugin: who owns what. All methods see only what the entity manager's tenant may see. */
export interface Accounts {
  get(em: EntityManager, accountId: number): Promise<AccountFacts | null>;
  byName(em: EntityManager, name: string): Promise<AccountFacts | null>;
  /** For lists without one query a row. */
  many(em: EntityManager, accountIds: readonly number[]): Promise<Map<number, AccountFacts>>;
  /** Ids in rising order after `afterId`, without those being purged: for a plugin that is enabled on a panel in use. */
  ids(em: EntityManager, afterId: number, limit: number): Promise<number[]>;
  /**
   * Limits of the account by key, as its plan has them; null is unlimited. `lock` holds the account's row until the
   * transaction ends, so that two requests cannot both count and then both insert.
   */
  limits(em: EntityManager, accountId: number, lock?: boolean): Promise<Record<string, number | null>>;
  /**
   * Claim a domain name for the account: 409 `domain.taken` when it, a name above it or a name below it belongs to
   * another account; 422 for a public suffix. Idempotent for the owner.
   */
  claimDomain(
    em: EntityManager,
    accountId: number,
    domain: string,
    owner: { kind: string; id: number },
  ): Promise<void>;
  /** Give back the names that the owner object holds. */
  releaseDomains(em: EntityManager, owner: { kind: string; id: number }): Promise<void>;
  /**
   * Call in `setup`. A purged account's Unix user and home stay until nothing of yours is left: answer in plain words
   * what still stands (`2 sites are being removed`), or null. Wake-ups are the accounts plugin's own business.
   */
  keepWhile(holder: {
    id: string;
    remains(em: EntityManager, accountId: number): Promise<string | null>;
  }): void;
  /** Call in `setup`. Counters shown by `GET /accounts/{id}/metrics` under `counters`, beside use against limits. */
  reportUsage(source: {
    id: string;
    usage(em: EntityManager, accountId: number): Promise<Record<string, number>>;
  }): void;
}

export const accountsToken = createToken<Accounts>('accounts', '1.0.0');

declare module '../hooks.js' {
  interface HookCatalogue {
    'account.create': {
      draft: { name: string; planId: number };
      subject: AccountFacts;
      fact: { accountId: number; name: string };
    };
    'account.suspend': {
      draft: { accountId: number; reason: string };
      subject: AccountFacts;
      fact: { accountId: number; reason: string };
    };
    'account.resume': { draft: { accountId: number }; subject: AccountFacts; fact: { accountId: number } };
    /** The account is purged for good (after its grace days, in which it is suspended): mark your rows for deletion. */
    'account.delete': {
      draft: { accountId: number };
      subject: AccountFacts;
      fact: { accountId: number; name: string };
    };
    /** The account changes its owner: put `tenantId` of your rows for it to the subject's. */
    'account.transfer': {
      draft: { accountId: number; tenantId: number };
      subject: AccountFacts;
      fact: { accountId: number; tenantId: number };
    };
    /** The plan of the account, or a limit in that plan, has changed. */
    'account.plan': {
      draft: { accountId: number; planId: number };
      subject: AccountFacts;
      fact: { accountId: number; planId: number };
    };
  }
}
