import { hash, parseOptions, verify, type Options } from '@node-rs/argon2';
import { PanelError } from '@tenpanel/sdk';

// OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane.
// The package's enum has no run-time value under isolated modules: algorithm 2 is argon2id.
const POLICY = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } satisfies Options;
const AT_ONCE = 4;
const MAX_WAITING = 64;

let running = 0;
const waiting: (() => void)[] = [];

/** @returns a PHC string */
export async function hashPassword(password: string): Promise<string> {
  return limited(() => hash(password, POLICY));
}

export async function verifyPassword(hashed: string, password: string): Promise<boolean> {
  if (password.length > 256) return false;
  return limited(() => verify(hashed, password));
}

/** Was the hash made with weaker settings than today's? */
export function needsRehash(hashed: string): boolean {
  const made = parseOptions(hashed);
  return (
    made.algorithm !== POLICY.algorithm ||
    made.memoryCost < POLICY.memoryCost ||
    made.timeCost < POLICY.timeCost ||
    made.parallelism !== POLICY.parallelism
  );
}

/** Every hash takes 19 MiB: a burst of log-ins waits instead of taking the server's memory. */
async function limited<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MAX_WAITING) {
      throw new PanelError(
        'auth.busy',
        503,
        'Too many people sign in at this moment. Try again in a few seconds.',
      );
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
