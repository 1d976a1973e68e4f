import type { Logger } from '@tenpanel/sdk';
import type { SharedStore } from '../contracts.js';
import { createMemoryStore } from './create-memory-store.js';
import { createRedisStore } from './create-redis-store.js';

/** Redis where a URL is set, else memory. */
export function createSharedStore(options: {
  redisUrl: string | null;
  log: Logger;
  now?: () => number;
}): SharedStore {
  return options.redisUrl === null
    ? createMemoryStore(options.now)
    : createRedisStore(options.redisUrl, options.log);
}
