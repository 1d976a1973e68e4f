import type { AgentCall } from '@tenpanel/sdk';
import type { Room } from '../room.js';
import { parseAccess } from './access-entry.js';
import { countTraffic } from './count-traffic.js';
import { deliverLogs } from './deliver-logs.js';
import { advance, positions, readOn, same } from './log-positions.js';

const PAUSE_MS = 10_000;
/** No more than a sixth of the time is spent on logs, however many sites are busy. */
const PAUSE_FACTOR = 5;
/** So that one round ends; the next one goes on where it stopped. */
const CHUNKS = 256;

/**
 * Reads what nginx has logged since the last round, once: the figures of traffic and the customers' own log files come
 * from the same lines. Every 10 seconds in the worker; the schedule sees to it that it goes on.
 */
export function followLogs(room: Room): void {
  const { kit } = room;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = (agent: AgentCall): Promise<void> => {
    running ??= readLogs(room, agent, () => stopped).finally(() => (running = null));
    return running;
  };
  const next = (ms: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      const begin = performance.now();
      void round(kit.agent)
        .catch((error: unknown) => kit.log.warn({ err: error }, 'the logs of sites could not be read'))
        .finally(() => next(Math.max(PAUSE_MS, (performance.now() - begin) * PAUSE_FACTOR)));
    }, ms);
  };
  kit.onStart(() => Promise.resolve(next(PAUSE_MS)));
  kit.onStop(async () => {
    stopped = true;
    clearTimeout(timer);
    await running?.catch(() => undefined);
  });
  kit.schedule({ name: 'web-traffic', cron: '*/2 * * * *', run: ({ agent }) => round(agent) });
}

async function readLogs(room: Room, agent: AgentCall, stopped: () => boolean): Promise<void> {
  for (let chunk = 0; chunk < CHUNKS && !stopped(); chunk += 1) {
    const at = await positions(room);
    const access = await readOn(agent, 'access', at.access);
    const error = await readOn(agent, 'error', at.error);
    const next = { access: access.next, error: error.next };
    if (same(at, next)) return;
    const entries = access.lines.flatMap((line) => parseAccess(line) ?? []);
    // First the position and the figures, in one transaction: of two workers only one gets past this point.
    const ours = await room.kit.transaction(async (em) => {
      if (!(await advance(em, at, next))) return false;
      await countTraffic(em, entries);
      return true;
    });
    if (!ours) return;
    await deliverLogs(room, agent, entries, error.lines);
  }
}
