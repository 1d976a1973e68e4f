import { createHash, randomBytes } from 'node:crypto';

/** For secrets of full entropy only; passwords go to `hashPassword`. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** 256 random bits. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}
