import { query } from '@tenpanel/sdk';
import type { Room } from '../room.js';

/** What a plan may limit. A site that is being removed still counts until it is gone. */
export function registerLimits({ kit }: Room): void {
  kit.limit({
    key: 'sites',
    title: 'Web sites',
    unit: 'count',
    default: 10,
    min: 0,
    async used(em, accountId) {
      const [row] = await query<{ used: string }>(
        em,
        'select count(*) as used from plg_web_nginx.vhost where account_id = ?',
        [accountId],
      );
      return Number(row?.used ?? 0);
    },
  });
  kit.limit({
    key: 'aliases',
    title: 'Aliases of web sites',
    unit: 'count',
    default: 50,
    min: 0,
    async used(em, accountId) {
      const [row] = await query<{ used: string }>(
        em,
        "select coalesce(sum(jsonb_array_length(spec->'aliases')), 0) as used from plg_web_nginx.vhost where account_id = ?",
        [accountId],
      );
      return Number(row?.used ?? 0);
    },
  });
}
