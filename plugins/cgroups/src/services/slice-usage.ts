import type { EntityManager, PluginKit, SliceUsage } from '@tenpanel/sdk';
import { sliceEntity } from '../entities/slice.js';

/** A scrape must not wait for a hanging agent. */
const TIMEOUT_SECONDS = 5;
const AT_ONCE = 8;
const FRESH_MS = 15_000;

export function readUsage(kit: PluginKit, account: string): Promise<SliceUsage> {
  return kit.agent('slice.usage', { account }, { timeoutSeconds: TIMEOUT_SECONDS });
}

/** Use of all slices for Prometheus; one round through the agent serves all metrics of a scrape. */
export class UsageSnapshot {
  #taken = 0;
  #values: Promise<Map<string, SliceUsage>> | null = null;

  constructor(private readonly kit: PluginKit) {}

  async read(em: EntityManager): Promise<Map<string, SliceUsage>> {
    const now = this.kit.now();
    if (!this.#values || now - this.#taken > FRESH_MS) {
      this.#taken = now;
      const rows = await em.find(sliceEntity, { deletedAt: null }, { fields: ['account'] });
      this.#values = this.#take(rows.map((row) => row.account));
    }
    return this.#values;
  }

  async #take(accounts: string[]): Promise<Map<string, SliceUsage>> {
    const found = new Map<string, SliceUsage>();
    const rest = [...accounts];
    const next = async (): Promise<void> => {
      for (let account = rest.shift(); account !== undefined; account = rest.shift()) {
        // One account that cannot be read is left out; doctor tells of an agent that does not answer.
        const usage = await readUsage(this.kit, account).catch(() => null);
        if (usage?.supported) found.set(account, usage);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    return found;
  }
}
