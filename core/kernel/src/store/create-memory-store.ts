import type { SharedStore } from '../contracts.js';

const MOST = 100_000;

/** For one process. Holds at most 100,000 keys; the oldest go first. */
export function createMemoryStore(now: () => number = Date.now): SharedStore {
  const entries = new Map<string, { value: string; until: number }>();
  const alive = (key: string) => {
    const entry = entries.get(key);
    if (entry && entry.until <= now()) {
      entries.delete(key);
      return undefined;
    }
    return entry;
  };
  const put = (key: string, value: string, ttlSeconds: number) => {
    entries.delete(key);
    entries.set(key, { value, until: now() + ttlSeconds * 1_000 });
    if (entries.size <= MOST) return;
    for (const [old, { until }] of entries) if (until <= now()) entries.delete(old);
    for (const old of entries.keys()) {
      if (entries.size <= MOST) break;
      entries.delete(old);
    }
  };
  return {
    get: async (key) => alive(key)?.value ?? null,
    set: async (key, value, ttlSeconds) => put(key, value, ttlSeconds),
    async setIfAbsent(key, value, ttlSeconds) {
      if (alive(key)) return false;
      put(key, value, ttlSeconds);
      return true;
    },
    delete: async (key) => void entries.delete(key),
    async increment(key, ttlSeconds) {
      const entry = alive(key);
      const value = Number(entry?.value ?? 0) + 1;
      // The time runs from the first count, so that a window ends.
      if (entry) entry.value = String(value);
      else put(key, String(value), ttlSeconds);
      return value;
    },
    close: async () => entries.clear(),
  };
}
