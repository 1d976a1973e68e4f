import { z } from '@tenpanel/sdk';

/** How the workers of a site's own pool come and go (https://www.php.net/manual/en/install.fpm.configuration.php). */
export interface PoolSettings {
  mode: 'ondemand' | 'dynamic' | 'static';
  maxChildren: number;
  /** ondemand: seconds after which an idle worker ends. */
  idleTimeoutSeconds: number;
  /** Requests after which a worker is replaced; 0 is never. */
  maxRequests: number;
  /** Seconds after which a request is ended whatever it does; 0 is never. */
  terminateTimeoutSeconds: number;
}

export const defaultPool: PoolSettings = {
  mode: 'ondemand',
  maxChildren: 5,
  idleTimeoutSeconds: 30,
  maxRequests: 1000,
  terminateTimeoutSeconds: 0,
};

export const poolSettings = z
  .strictObject({
    mode: z.enum(['ondemand', 'dynamic', 'static']).optional(),
    maxChildren: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Workers at the same time; at most what the plan allows.'),
    idleTimeoutSeconds: z.number().int().min(1).max(3600).optional(),
    maxRequests: z.number().int().min(0).max(1_000_000).optional(),
    terminateTimeoutSeconds: z.number().int().min(0).max(3600).optional(),
  })
  .nullable()
  .meta({ description: 'A pool of its own for this site; null shares the account’s pool of the version.' });
