import { z } from '@tenpanel/sdk';

/** What one site wants of the cache. */
export interface CachePolicy {
  enabled: boolean;
  /** Seconds that a page lives which says nothing about it itself. */
  ttl: number;
  /** Seconds that an old page may still be shown while a new one is fetched. */
  grace: number;
  /** Paths, with everything below, that are never cached. */
  bypassPaths: string[];
  /** Cookies that never change a page; all others go past the cache. */
  ignoreCookies: string[];
  /** `dropTracking` takes utm_…, gclid and the like away; `ignoreAll` makes one page of all queries. */
  queryStrings: 'dropTracking' | 'keep' | 'ignoreAll';
}

const path = z
  .string()
  .max(120)
  .regex(/^\/[A-Za-z0-9_.~/-]+$/, 'Write a path such as /cart, without a question mark.')
  .transform((text) => text.replace(/\/+$/, ''))
  .refine((text) => text.length > 1, 'To leave the whole site alone, set enabled to false.')
  .meta({ type: 'string' });
const cookie = z
  .string()
  .max(80)
  .regex(/^[A-Za-z0-9_.-]+$/, 'Write the name of a cookie.');

export const policyFields = {
  enabled: z.boolean(),
  ttl: z.number().int().min(1).max(604_800),
  grace: z.number().int().min(0).max(604_800),
  bypassPaths: z.array(path).max(20),
  ignoreCookies: z.array(cookie).max(20),
  queryStrings: z.enum(['dropTracking', 'keep', 'ignoreAll']),
};

export const policyChange = z.strictObject(policyFields).partial();
