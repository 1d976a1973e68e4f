import type { AgentCall } from '@tenpanel/sdk';
import { siteFolder } from '../paths.js';
import type { Room } from '../room.js';
import type { AccessEntry } from './access-entry.js';
import { combinedLine } from './combined-line.js';
import { errorNames } from './error-names.js';
import { ownersById, ownersByName, type LogOwner } from './log-owners.js';

/** Accounts written to at once. */
const AT_ONCE = 4;
/** Files of one call; the agent takes a thousand. */
const FILES = 500;
const MiB = 1024 * 1024;

interface Parcel {
  path: string;
  lines: string[];
}

/**
 * Append to `logs/access.log` and `logs/error.log` of each site, as its customer: one call an account. What cannot be
 * written (a full disk, a file that is a link) is left out and holds nobody else up.
 */
export async function deliverLogs(
  room: Room,
  agent: AgentCall,
  entries: readonly AccessEntry[],
  errors: readonly string[],
): Promise<void> {
  const megabytes = Number((await room.kit.settings.get('siteLogMegabytes')) ?? 0);
  if (megabytes === 0 || entries.length + errors.length === 0) return;
  const accounts = new Map<string, Map<string, Parcel>>();
  const put = (owner: LogOwner, file: string, line: string): void => {
    const parcels = accounts.get(owner.account) ?? new Map<string, Parcel>();
    accounts.set(owner.account, parcels);
    const path = `${siteFolder(owner.domain)}/logs/${file}.log`;
    const parcel = parcels.get(path) ?? { path, lines: [] };
    parcels.set(path, parcel);
    parcel.lines.push(line);
  };
  await sortAccess(room, entries, put);
  await sortErrors(room, errors, put);
  const queue = [...accounts];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      await send(room, agent, next[0], [...next[1].values()], megabytes * MiB);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

type Put = (owner: LogOwner, file: string, line: string) => void;

async function sortAccess(room: Room, entries: readonly AccessEntry[], put: Put): Promise<void> {
  const owners = await ownersById(room, [...new Set(entries.map((entry) => Number(entry.site)))]);
  for (const entry of entries) {
    const owner = owners.get(Number(entry.site));
    if (owner) put(owner, 'access', combinedLine(entry));
  }
}

async function sortErrors(room: Room, errors: readonly string[], put: Put): Promise<void> {
  const named = errors.map((line) => ({ line, names: errorNames(line) }));
  const owners = await ownersByName(room, [...new Set(named.flatMap(({ names }) => names))]);
  for (const { line, names } of named) {
    const mine = names.flatMap((name) => owners.get(name) ?? []);
    const [owner] = mine;
    // Two sites in one line: one of them was put there by a visitor. Only the administrator gets to see it.
    if (owner && mine.every(({ siteId }) => siteId === owner.siteId)) put(owner, 'error', line);
  }
}

async function send(
  room: Room,
  agent: AgentCall,
  account: string,
  parcels: Parcel[],
  maxBytes: number,
): Promise<void> {
  try {
    for (let at = 0; at < parcels.length; at += FILES) {
      const files = parcels
        .slice(at, at + FILES)
        .map(({ path, lines }) => ({ path, content: `${lines.join('\n')}\n`, maxBytes }));
      const { failed } = await agent('tenant.append', { account, files });
      if (failed.length > 0) room.kit.log.debug({ account, failed }, 'logs of sites could not be written');
    }
  } catch (error) {
    room.kit.log.warn({ err: error, account }, 'the logs of an account could not be written');
  }
}
