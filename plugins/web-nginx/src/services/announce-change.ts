import { createHash } from 'node:crypto';
import { query, type ConfigSet } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import type { Room } from '../room.js';
import { siteFacts } from './site-facts.js';

/**
 * Call when the files of a site are live. Tells other plugins (`site.changed`) when they differ from those that were
 * live before. What is kept and the fact are one transaction, so a worker that dies between the two tells it later.
 */
export async function announceChange(room: Room, row: Vhost, files: ConfigSet): Promise<void> {
  const sha256 = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  await room.kit.transaction(async (em, _desired, hooks) => {
    const [before] = await query<{ sha256: string }>(
      em,
      'select files_sha256 as sha256 from plg_web_nginx.live_site where site_id = ? for update',
      [row.id],
    );
    if (before?.sha256 === sha256) return;
    await query(
      em,
      `insert into plg_web_nginx.live_site (site_id, files_sha256) values (?, ?)
        on conflict (site_id) do update set files_sha256 = excluded.files_sha256`,
      [row.id, sha256],
    );
    if (!before && row.observedGeneration === 0) return;
    const account = await room.accounts.get(em, row.spec.accountId);
    await hooks.run('site.changed', { siteId: row.id }, () =>
      Promise.resolve({
        subject: siteFacts(row, account),
        fact: { siteId: row.id, domain: row.spec.domain },
      }),
    );
  });
}
