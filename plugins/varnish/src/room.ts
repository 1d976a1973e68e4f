import type { PluginKit, Web } from '@tenpanel/sdk';

/** What every part of the plugin works with. */
export interface Room {
  kit: PluginKit;
  web: Web;
}

/** Where the front of the web server finds the cache. */
export const cacheSocket = '/run/tenpanel-web/varnish.sock';
