import type { EntityManager } from '@mikro-orm/core';
import { createToken } from '../token.js';

export interface PageCache {
  /** Forget a site's pages: all, by URL path, or by tag. Resolves when the cache has taken it. */
  purge(
    em: EntityManager,
    siteId: number,
    what: { all: true } | { url: string } | { tag: string },
  ): Promise<void>;
}

export const cacheToken = createToken<PageCache>('page-cache', '1.0.0');
