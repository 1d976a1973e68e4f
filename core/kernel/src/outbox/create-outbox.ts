import type { Logger } from '@tenpanel/sdk';
import type { Outbox } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';

export interface OutboxOptions {
  db: KernelDatabase;
  log: Logger;
  now?: () => number;
}

export interface KernelOutbox extends Outbox {
  /** Only in the worker: deliver until `stop`. */
  work(): Promise<void>;
  stop(): Promise<void>;
}

export function createOutbox(options: OutboxOptions): KernelOutbox {
  void options;
  throw new Error('in progress');
}
