import type { Accounts, Logger } from '@tenpanel/sdk';
import type { Outbox, SecretBox } from '../contracts.js';
import type { GuardedHttp } from '../net/create-guarded-http.js';
import type { KernelDatabase } from '../db/create-database.js';

export interface WebhooksOptions {
  db: KernelDatabase;
  outbox: Outbox;
  secrets: SecretBox;
  http: GuardedHttp;
  /** Finds the tenant of a fact that names only an account. */
  accounts: () => Accounts | undefined;
  log: Logger;
  now?: () => number;
}
