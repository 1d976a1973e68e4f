import type { EntityManager } from '@mikro-orm/core';
import { createToken } from '../token.js';

export interface Php {
  /** Versions found on this host, newest first. */
  versions(): Promise<{ version: string; endOfLife: string | null }[]>;
  defaultVersion(): Promise<string | null>;
  ofSite(em: EntityManager, siteId: number): Promise<{ version: string; socket: string } | null>;
}

export const phpToken = createToken<Php>('php', '1.0.0');
