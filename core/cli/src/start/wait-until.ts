import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Ask again and again until the answer is true; false when the time is over. */
export async function waitUntil(
  question: () => Promise<boolean>,
  seconds: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + seconds * 1000;
  while (!signal?.aborted) {
    if (await question()) return true;
    if (Date.now() >= until) return false;
    await pause(100);
  }
  return false;
}

/** Does something accept connections on this unix socket? */
export function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
