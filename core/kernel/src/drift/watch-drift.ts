import type { Logger } from '@tenpanel/sdk';
import { scanDrift, type DriftParts } from './scan-drift.js';

/** A look costs one stat(2) a file; an edit is known within this time. */
const EVERY_MS = 30_000;

/** Look for files that were changed by hand, again and again. Answers how to stop. */
export function watchDrift(parts: DriftParts & { log: Logger }): () => void {
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  const look = async () => {
    await scanDrift(parts).catch((error: unknown) =>
      parts.log.warn({ err: error }, 'the files of the server could not be compared'),
    );
    if (!stopped) timer = setTimeout(() => void look(), EVERY_MS);
  };
  // Not in the first moment, which belongs to what waits.
  timer = setTimeout(() => void look(), EVERY_MS / 3);
  return () => {
    stopped = true;
    if (timer) clearTimeout(timer);
  };
}
