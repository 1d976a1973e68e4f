import type { Reply } from '@tenpanel/sdk';
import type { Touched } from './app-options.js';

/** What goes out. `wait` is set when the caller may wait for the resource to settle. */
export interface Answer {
  status: number;
  body: unknown;
  headers: Record<string, string>;
  wait: PendingWait | null;
}

export interface PendingWait {
  resource: { kind: string; id: number };
  /** All that the request has touched: an account that is suspended takes its sites along. */
  touched: readonly Touched[];
  read: (em: never) => Promise<unknown>;
}

export function isReply(value: unknown): value is Reply<unknown> {
  return typeof value === 'object' && value !== null && 'isReply' in value && value.isReply === true;
}
