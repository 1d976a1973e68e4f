import { query, type AgentCall, type EntityManager } from '@tenpanel/sdk';
import type { Room } from '../room.js';

export type LogName = 'access' | 'error';

export interface Position {
  inode: number;
  offset: number;
}

/** Bytes of one read. Escaping can make four of one, and the agent takes eight MiB for one file. */
const CHUNK = 1024 * 1024;

export type Positions = Record<LogName, Position>;

export async function positions(room: Room): Promise<Positions> {
  const rows = await room.kit.read((em) =>
    query<{ log: string; inode: string; position: string }>(
      em,
      'select log, inode, position from plg_web_nginx.log_position',
    ),
  );
  const of = (log: LogName): Position => {
    const row = rows.find((each) => each.log === log);
    return { inode: Number(row?.inode ?? 0), offset: Number(row?.position ?? 0) };
  };
  return { access: of('access'), error: of('error') };
}

export function same(one: Positions, other: Positions): boolean {
  return (['access', 'error'] as const).every(
    (log) => one[log].inode === other[log].inode && one[log].offset === other[log].offset,
  );
}

/** Go on to `next`. False when somebody else has read on from `before` meanwhile: what was read is theirs, too. */
export async function advance(em: EntityManager, before: Positions, next: Positions): Promise<boolean> {
  const rows = await query(
    em,
    `with former as (
       select coalesce(jsonb_object_agg(log, jsonb_build_array(inode, position)), '{}') as kept
       from (select * from plg_web_nginx.log_position order by log for update) p
     )
     insert into plg_web_nginx.log_position (log, inode, position)
     select n.log, n.inode, n.position from former,
       (values ('access', ?::bigint, ?::bigint), ('error', ?::bigint, ?::bigint)) as n(log, inode, position)
     where coalesce(kept->'access', '[0, 0]') = jsonb_build_array(?::bigint, ?::bigint)
       and coalesce(kept->'error', '[0, 0]') = jsonb_build_array(?::bigint, ?::bigint)
     on conflict (log) do update set inode = excluded.inode, position = excluded.position returning log`,
    [next, before].flatMap(({ access, error }) => [access.inode, access.offset, error.inode, error.offset]),
  );
  return rows.length > 0;
}

/** Whole lines from `at` on; after a rotation the rest of the old file comes first. */
export async function readOn(
  agent: AgentCall,
  log: LogName,
  at: Position,
): Promise<{ lines: string[]; next: Position }> {
  const driver = 'web-nginx';
  const { lines, ...next } = await agent('log.read', { driver, log, ...at, maxBytes: CHUNK });
  if (at.inode === 0 || next.inode === at.inode) return { lines, next };
  // What we had not read yet is in the file before, which has kept its inode.
  const rest = await agent('log.read', { driver, log: `${log}Before`, ...at, maxBytes: CHUNK }).catch(
    () => null,
  );
  if (!rest || rest.inode !== at.inode || rest.offset <= at.offset) return { lines, next };
  return { lines: rest.lines, next: { inode: rest.inode, offset: rest.offset } };
}
