import type { Logger } from '@tenpanel/sdk';
import type { SharedStore } from '../contracts.js';
import { createMemoryStore } from './create-memory-store.js';

/** Redis where a URL is set, else memory. Its client is loaded only then: it is a tenth of the start. */
export async function createSharedStore(options: {
  redisUrl: string | null;
  log: Logger;
  now?: () => number;
}): Promise<SharedStore> {
  if (options.redisUrl === null) return createMemoryStore(options.now);
  const { createRedisStore } = await import('./create-redis-store.js');
  return createRedisStore(options.redisUrl, options.log);
}
