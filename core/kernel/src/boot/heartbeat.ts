import type { Kernel } from '../contracts.js';

const EVERY_MS = 10_000;
const KEY = 'worker.heartbeat';

/** The worker's sign of life, in the database, because web and worker may be on different machines. */
export function startHeartbeat(kernel: Pick<Kernel, 'db' | 'settings' | 'log' | 'now'>): () => void {
  const beat = () => {
    kernel.db
      .transaction('/', (em) => kernel.settings.set(em, 'kernel', KEY, kernel.now()))
      .catch((error: unknown) => kernel.log.warn({ err: error }, 'the sign of life could not be written'));
  };
  beat();
  const timer = setInterval(beat, EVERY_MS);
  return () => clearInterval(timer);
}

/** Unix milliseconds of the last sign of life; null when no worker ever ran. */
export async function lastHeartbeat(kernel: Pick<Kernel, 'db' | 'settings'>): Promise<number | null> {
  const value = await kernel.db.read('/', (em) => kernel.settings.get(em, 'kernel', KEY));
  return typeof value === 'number' ? value : null;
}
