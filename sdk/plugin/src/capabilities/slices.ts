import type { EntityManager } from '@mikro-orm/core';
import type { SliceLimits, SliceUsage } from '@tenpanel/protocol';
import { createToken } from '../token.js';

/** From the protocol, so that a plugin needs only the SDK. */
export type { SliceLimits, SliceUsage } from '@tenpanel/protocol';

export interface Slices {
  limits(em: EntityManager, accountId: number): Promise<SliceLimits>;
  usage(em: EntityManager, accountId: number): Promise<SliceUsage>;
}

export const slicesToken = createToken<Slices>('slices', '1.0.0');
