import type { Logger } from '@tenpanel/sdk';
import { timeLimit } from '../hooks/time-limit.js';
import type { PluginCalls } from './start-plugins.js';

const LIMIT_MS = 5_000;

class TooLate extends Error {}

/** `kit.onStart` of all plugins at the same time, so that a slow one delays nobody else's. Errors are only logged. */
export async function runStarts(
  starts: PluginCalls['starts'],
  log: Logger,
  limitMs: number = LIMIT_MS,
): Promise<void> {
  await Promise.all(
    starts.map(async ({ plugin, start }) => {
      const running = Promise.resolve().then(() => start());
      running.catch((error: unknown) => log.error({ err: error, plugin }, 'onStart of a plugin failed'));
      await timeLimit(running, limitMs, () => new TooLate()).catch((error: unknown) => {
        if (error instanceof TooLate) log.warn({ plugin }, 'onStart of a plugin goes on behind our back');
      });
    }),
  );
}
