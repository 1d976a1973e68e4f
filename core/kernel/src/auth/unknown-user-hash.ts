import { randomToken } from './hash-token.js';
import { hashPassword } from './passwords.js';

let made: Promise<string> | null = null;

/** A hash that nothing matches: checking it makes an unknown user cost the same time as a known one. */
export function unknownUserHash(): Promise<string> {
  made ??= hashPassword(randomToken());
  return made;
}
