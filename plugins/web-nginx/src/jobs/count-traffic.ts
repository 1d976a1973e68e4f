import { query, type AgentCall, type EntityManager } from '@tenpanel/sdk';
import type { Room } from '../room.js';

const driver = 'web-nginx';
const CHUNK = 4 * 1024 * 1024;
/** So that one run ends; the next one goes on where it stopped. */
const CHUNKS = 64;

interface Position {
  inode: number;
  offset: number;
}

interface Tally {
  requests: number;
  bytes: number;
  hits: number;
  misses: number;
}

/**
 * Add the lines written since the last run to the figures by site and day. Position and figures are written in one
 * transaction, so that no line counts twice and none is lost; after a rotation the rest of the old file comes first.
 */
export async function countTraffic(room: Room, agent: AgentCall): Promise<number> {
  let counted = 0;
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    const before = await position(room);
    const read = await readOn(agent, before);
    if (read.lines.length === 0 && read.inode === before.inode && read.offset === before.offset) break;
    const tallies = tally(read.lines);
    await room.kit.transaction(async (em) => {
      await write(em, tallies);
      await query(
        em,
        `insert into plg_web_nginx.log_position (log, inode, position) values ('access', ?, ?)
          on conflict (log) do update set inode = excluded.inode, position = excluded.position`,
        [read.inode, read.offset],
      );
    });
    counted += read.lines.length;
    if (read.lines.length === 0 && read.inode === before.inode) break;
  }
  return counted;
}

async function position(room: Room): Promise<Position> {
  const [row] = await room.kit.transaction((em) =>
    query<{ inode: string; position: string }>(
      em,
      "select inode, position from plg_web_nginx.log_position where log = 'access'",
    ),
  );
  return { inode: Number(row?.inode ?? 0), offset: Number(row?.position ?? 0) };
}

async function readOn(
  agent: AgentCall,
  at: Position,
): Promise<{ lines: string[]; inode: number; offset: number }> {
  const now = await agent('log.read', { driver, log: 'access', ...at, maxBytes: CHUNK });
  if (at.inode === 0 || now.inode === at.inode) return now;
  // The log was rotated: what we had not read yet is in the file before, which has kept its inode.
  const rest = await agent('log.read', { driver, log: 'accessBefore', ...at, maxBytes: CHUNK }).catch(
    () => null,
  );
  return rest && rest.inode === at.inode && rest.offset > at.offset ? rest : now;
}

/** Figures by `<site>/<day>`. Lines that are not ours are left out. */
export function tally(lines: readonly string[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const line of lines) {
    const entry = parse(line);
    if (!entry || !/^[1-9]\d{0,9}$/.test(entry.site)) continue;
    const day = /^\d{4}-\d\d-\d\d/.exec(entry.time) ? new Date(entry.time).toISOString().slice(0, 10) : null;
    if (!day) continue;
    const key = `${entry.site}/${day}`;
    const sum = tallies.get(key) ?? { requests: 0, bytes: 0, hits: 0, misses: 0 };
    sum.requests += 1;
    sum.bytes += Number(entry.bytes) || 0;
    if (/^hit/i.test(entry.cache)) sum.hits += 1;
    if (/^miss/i.test(entry.cache)) sum.misses += 1;
    tallies.set(key, sum);
  }
  return tallies;
}

function parse(line: string): { site: string; time: string; bytes: string; cache: string } | null {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
    return { site: text('site'), time: text('time'), bytes: text('bytes'), cache: text('cache') };
  } catch {
    return null;
  }
}

async function write(em: EntityManager, tallies: Map<string, Tally>): Promise<void> {
  if (tallies.size === 0) return;
  const rows = [...tallies].map(([key, sum]) => {
    const [site, day] = key.split('/');
    return { site_id: Number(site), day, ...sum };
  });
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
