import type { Logger } from '@tenpanel/sdk';
import { Redis } from 'ioredis';
import type { SharedStore } from '../contracts.js';

const PREFIX = 'tenpanel:';

/** For several processes. Commands fail after 2 s when Redis does not answer; the connection comes back by itself. */
export function createRedisStore(url: string, log: Logger): SharedStore {
  const redis = new Redis(url, {
    keyPrefix: PREFIX,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 1,
    connectionName: 'tenpanel',
  });
  redis.on('error', (error: Error) => log.warn({ err: error }, 'Redis does not answer'));
  return {
    get: (key) => redis.get(key),
    set: async (key, value, ttlSeconds) => void (await redis.set(key, value, 'PX', milliseconds(ttlSeconds))),
    setIfAbsent: async (key, value, ttlSeconds) =>
      (await redis.set(key, value, 'PX', milliseconds(ttlSeconds), 'NX')) === 'OK',
    delete: async (key) => void (await redis.del(key)),
    async increment(key, ttlSeconds) {
      // `NX` keeps the end of the window that the first count opened.
      const answers = await redis.multi().incr(key).pexpire(key, milliseconds(ttlSeconds), 'NX').exec();
      const [error, count] = answers?.[0] ?? [new Error('Redis did not count.'), 0];
      if (error) throw error;
      return Number(count);
    },
    close: async () => void (await redis.quit().catch(() => redis.disconnect())),
  };
}

function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1_000));
}
