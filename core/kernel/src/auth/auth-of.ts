import { join } from 'node:path';
import type { Kernel } from '../contracts.js';
import { JwtKeys } from './jwt-keys.js';

/** What the identity side keeps beside the database. */
export interface Auth {
  keys: JwtKeys;
}

const made = new WeakMap<Kernel, Auth>();

export function authOf(kernel: Kernel): Auth {
  let auth = made.get(kernel);
  if (!auth) {
    auth = { keys: new JwtKeys(join(kernel.config.stateDir, 'jwt'), kernel.now) };
    made.set(kernel, auth);
  }
  return auth;
}
