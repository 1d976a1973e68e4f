import type { EntityManager } from '@mikro-orm/core';
import type { SliceLimits, SliceUsage } from '@tenpanel/protocol';
import { createToken } from '../token.js';

export interface Slices {
  limits(em: EntityManager, accountId: number): Promise<SliceLimits>;
  usage(em: EntityManager, accountId: number): Promise<SliceUsage>;
}

export const slicesToken = createToken<Slices>('slices', '1.0.0');
