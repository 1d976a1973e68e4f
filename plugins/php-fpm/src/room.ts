import type { Accounts, PluginKit, Web } from '@tenpanel/sdk';
import type { Versions } from './versions/versions.js';

/** What every part of the plugin works with. */
export interface Room {
  kit: PluginKit;
  accounts: Accounts;
  web: Web;
  versions: Versions;
}
