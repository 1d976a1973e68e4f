import { query, type EntityManager } from '@tenpanel/sdk';
import type { AccessEntry } from './access-entry.js';

interface Tally {
  requests: number;
  bytes: number;
  hits: number;
  misses: number;
}

/** Figures by `<site>/<day>` (UTC). */
export function tally(entries: readonly AccessEntry[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const entry of entries) {
    const time = new Date(entry.time);
    if (Number.isNaN(time.getTime())) continue;
    const key = `${entry.site}/${time.toISOString().slice(0, 10)}`;
    const sum = tallies.get(key) ?? { requests: 0, bytes: 0, hits: 0, misses: 0 };
    sum.requests += 1;
    sum.bytes += Number(entry.bytes) || 0;
    if (/^hit/i.test(entry.cache)) sum.hits += 1;
    if (/^miss/i.test(entry.cache)) sum.misses += 1;
    tallies.set(key, sum);
  }
  return tallies;
}

/** Add the figures of some lines to those that are kept. In one transaction with the log's position, no line counts twice. */
export async function countTraffic(em: EntityManager, entries: readonly AccessEntry[]): Promise<void> {
  const rows = [...tally(entries)].map(([key, sum]) => {
    const [site, day] = key.split('/');
    return { site_id: Number(site), day, ...sum };
  });
  if (rows.length === 0) return;
  await query(
    em,
    `insert into plg_web_nginx.traffic (site_id, tenant_id, day, requests, bytes, hits, misses)
      select n.site_id, v.tenant_id, n.day, n.requests, n.bytes, n.hits, n.misses
      from jsonb_to_recordset(?::jsonb) as n(site_id integer, day date, requests bigint, bytes bigint, hits bigint, misses bigint)
      join plg_web_nginx.vhost v on v.id = n.site_id
      on conflict (site_id, day) do update set requests = traffic.requests + excluded.requests, bytes = traffic.bytes + excluded.bytes,
        hits = traffic.hits + excluded.hits, misses = traffic.misses + excluded.misses`,
    [JSON.stringify(rows)],
  );
}
