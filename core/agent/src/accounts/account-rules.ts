import { AgentError } from '@tenpanel/protocol';
import type { PasswdEntry } from '../files/users.js';

/** Customers' uids. Whatever the panel asks for, no user outside this range is ever touched. */
export const uidRange = { first: 20_000, last: 59_999 } as const;

export function homeOf(account: string): string {
  return `/home/${account}`;
}

/** The user of an account, or undefined. Throws `agent.notAllowed` for a user that is not one of ours. */
export function accountEntry(users: readonly PasswdEntry[], account: string): PasswdEntry | undefined {
  const user = users.find((each) => each.name === account);
  if (!user) return undefined;
  const ours = user.uid >= uidRange.first && user.uid <= uidRange.last && user.home === homeOf(account);
  if (!ours)
    throw new AgentError(
      'agent.notAllowed',
      `${account} is a user of the system, not an account of the panel.`,
      { uid: user.uid },
    );
  return user;
}

/** A uid that was never given before: files left behind by a removed account must not find a new owner. */
export function nextUid(users: readonly PasswdEntry[], gids: readonly number[], lastGiven: number): number {
  const taken = [...users.map((user) => user.uid), ...gids].filter(
    (id) => id >= uidRange.first && id <= uidRange.last,
  );
  const next = Math.max(uidRange.first - 1, lastGiven, ...taken) + 1;
  if (next > uidRange.last)
    throw new AgentError('agent.io', 'The range of user ids for accounts (20000-59999) is used up.');
  return next;
}
