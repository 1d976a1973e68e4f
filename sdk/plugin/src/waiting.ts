import type { Waiting } from './reconcile.js';

/**
 * "Not yet", looked at again soon at first and more and more seldom: after a quarter of the time that has passed since
 * the row was changed, at least 0.25 s and at most 30 s. What waits for something that takes milliseconds is done in
 * milliseconds, and what waits for a broken thing does not keep the server busy.
 * @param since when the row was last changed (`row.updatedAt`, or `row.deletedAt` in `remove`)
 * @param now Unix milliseconds
 */
export function waitingSince(message: string, since: Date, now: number): Waiting {
  return { waiting: message, retryAfter: Math.min(30, Math.max(0.25, (now - since.getTime()) / 4000)) };
}
