import { query, type ScheduleSpec } from '@tenpanel/sdk';
import { IDEMPOTENCY_LIFE } from '../http/idempotency.js';
import type { Kernel } from '../contracts.js';

const DAY = 86_400_000;
/** Ended sessions and tokens stay visible this long. */
const KEEP = 30 * DAY;

/** Every hour: forget what has ended, so that the tables hold what is in use. */
export function identityCleanup(kernel: Pick<Kernel, 'now'>): ScheduleSpec {
  return {
    name: 'kernel.identity-cleanup',
    cron: '17 * * * *',
    run: async (ctx) => {
      const now = kernel.now();
      const before = (milliseconds: number): Date => new Date(now - milliseconds);
      await ctx.transaction(async (em) => {
        await query(em, 'delete from kernel.idempotency_keys where created_at < ?', [
          before(IDEMPOTENCY_LIFE),
        ]);
        await query(em, 'delete from kernel.refresh_tokens where expires_at < ?', [before(0)]);
        await query(em, 'delete from kernel.sessions where expires_at < ? or revoked_at < ?', [
          before(KEEP),
          before(KEEP),
        ]);
        await query(em, 'delete from kernel.api_tokens where expires_at < ? or revoked_at < ?', [
          before(KEEP),
          before(KEEP),
        ]);
        await query(em, 'delete from kernel.login_throttle where updated_at < ?', [before(DAY)]);
      });
    },
  };
}
