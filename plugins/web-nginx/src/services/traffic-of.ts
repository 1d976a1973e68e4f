import { query, type EntityManager } from '@tenpanel/sdk';

export interface TrafficDay {
  day: string;
  requests: number;
  bytes: number;
  hits: number;
  misses: number;
}

/** A site's figures by day (UTC), newest last. Days without a request are left out. */
export async function trafficOf(em: EntityManager, siteId: number, days: number): Promise<TrafficDay[]> {
  const rows = await query<Record<keyof TrafficDay, string>>(
    em,
    `select to_char(day, 'YYYY-MM-DD') as day, requests, bytes, hits, misses from plg_web_nginx.traffic
      where site_id = ? and day > (now() at time zone 'utc')::date - ?::int order by day`,
    [siteId, days],
  );
  return rows.map((row) => ({
    day: row.day,
    requests: Number(row.requests),
    bytes: Number(row.bytes),
    hits: Number(row.hits),
    misses: Number(row.misses),
  }));
}
