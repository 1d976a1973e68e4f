import type { Accounts, PluginKit } from '@tenpanel/sdk';
import type { Contributors } from './services/contributors.js';
import type { ServerFacts } from './services/server-facts.js';

/** What the parts of this plugin share. Made once, in `setup`. */
export interface Room {
  kit: PluginKit;
  accounts: Accounts;
  contributors: Contributors;
  server: ServerFacts;
}
