import { Conflict, type Accounts, type LimitSpec, type Limits } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';

export interface LimitsOptions {
  registry: Pick<Registry, 'limits'>;
  /** The accounts capability, looked up at each use because its plugin loads later. */
  accounts: () => Accounts | undefined;
}

/** Limits that plugins contribute, held against the plan of an account. */
export function createLimits(options: LimitsOptions): Limits {
  return {
    all: (): readonly LimitSpec[] => [...options.registry.limits.values()].map(({ spec }) => spec),

    async enforce(em, accountId, key, add = 1) {
      const spec = options.registry.limits.get(key)?.spec;
      if (!spec) throw new Error(`No running plugin has the limit ${key}.`);
      const accounts = options.accounts();
      if (!accounts) throw new Error('Limits need the accounts plugin, which does not run.');
      // What this transaction has added already counts too.
      await em.flush();
      // Holds the account's row, so that the next request counts after our insert.
      const limits = await accounts.limits(em, accountId, true);
      const limit = key in limits ? limits[key] : spec.default;
      if (limit === null || limit === undefined) return;
      const used = spec.used ? await spec.used(em, accountId) : 0;
      if (used + add <= limit) return;
      throw new Conflict(
        'limit.reached',
        `The plan allows ${limit} (${spec.title}), and ${used} are in use. Free some or choose a larger plan.`,
        {
          key,
          title: spec.title,
          limit,
          used,
          add,
        },
      );
    },
  };
}
