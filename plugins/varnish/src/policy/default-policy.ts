import type { PluginSettings } from '@tenpanel/sdk';
import type { CachePolicy } from './policy.js';

/** What a site gets that asks for nothing. */
export async function defaultPolicy(settings: PluginSettings): Promise<CachePolicy> {
  const number = async (key: string, fallback: number) => Number((await settings.get(key)) ?? fallback);
  return {
    enabled: (await settings.get('newSitesCached')) !== false,
    ttl: await number('defaultTtl', 120),
    grace: await number('defaultGrace', 600),
    bypassPaths: [],
    ignoreCookies: [],
    queryStrings: 'dropTracking',
  };
}
