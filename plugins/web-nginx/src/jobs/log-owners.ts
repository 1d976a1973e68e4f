import { query, type EntityManager } from '@tenpanel/sdk';
import type { Room } from '../room.js';
import { nameCandidates } from './error-names.js';

export interface LogOwner {
  siteId: number;
  accountId: number;
  account: string;
  domain: string;
}

const COLUMNS = `v.id as "siteId", v.account_id as "accountId", v.spec->>'account' as account, v.domain`;

/** Sites by id. Those of suspended accounts are left out: nothing is started for them. */
export async function ownersById(room: Room, ids: readonly number[]): Promise<Map<number, LogOwner>> {
  if (ids.length === 0) return new Map();
  return room.kit.read(async (em) => {
    const rows = await query<LogOwner>(
      em,
      `select ${COLUMNS} from jsonb_array_elements_text(?::jsonb) as n(id) join plg_web_nginx.vhost v
         on v.id = n.id::int and v.deleted_at is null`,
      [JSON.stringify(ids)],
    );
    return new Map((await open(room, em, rows)).map((row) => [row.siteId, row]));
  });
}

/** Sites by the host names that they answer to; names of no site are left out. */
export async function ownersByName(room: Room, names: readonly string[]): Promise<Map<string, LogOwner>> {
  if (names.length === 0) return new Map();
  const wanted = [...new Set(names.flatMap(nameCandidates))];
  const found = await room.kit.read(async (em) => {
    const rows = await query<LogOwner & { name: string }>(
      em,
      `select n.name, ${COLUMNS} from jsonb_array_elements_text(?::jsonb) as n(name) join plg_web_nginx.vhost v
         on v.deleted_at is null and (v.domain = n.name or v.spec->'aliases' @> to_jsonb(n.name)
           or (v.spec->>'www' <> 'none' and v.domain in ('www.' || n.name, regexp_replace(n.name, '^www\\.', ''))))`,
      [JSON.stringify(wanted)],
    );
    return new Map((await open(room, em, rows)).map((row) => [row.name, row]));
  });
  return new Map(
    names.flatMap((name) => {
      const owner = nameCandidates(name)
        .map((each) => found.get(each))
        .find((each) => each !== undefined);
      return owner ? [[name, owner] as const] : [];
    }),
  );
}

async function open<Row extends LogOwner>(room: Room, em: EntityManager, rows: Row[]): Promise<Row[]> {
  const accounts = await room.accounts.many(em, [...new Set(rows.map((row) => row.accountId))]);
  return rows.filter(({ accountId }) => {
    const account = accounts.get(accountId);
    return account?.ready && !account.suspended;
  });
}
