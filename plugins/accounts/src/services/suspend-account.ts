import { Conflict } from '@tenpanel/sdk';
import type { Account } from '../entities/account.js';
import { accountFacts } from './account-facts.js';
import { settleOwnerLogin } from './owner-login.js';
import type { Room, Work } from './room.js';

/** Web answers the suspended page, log-ins end, data stays. Idempotent; another reason replaces the former one. */
export async function suspendAccount(
  room: Room,
  work: Work,
  row: Account,
  reason: string,
  cause = 'manual',
): Promise<void> {
  if (row.spec.deleted)
    throw new Conflict('account.isDeleted', `${row.name} is deleted. Restore it first.`, { name: row.name });
  const former = row.spec.suspended;
  if (former?.reason === reason && former.cause === cause) return;
  await work.hooks.run('account.suspend', { accountId: row.id, reason }, async (draft) => {
    const suspended = {
      reason: draft.reason,
      since: former?.since ?? new Date(work.now).toISOString(),
      by: work.by,
      cause,
    };
    const saved = await work.desired.update<Account>('account', row, { ...row.spec, suspended });
    return { subject: accountFacts(saved), fact: { accountId: row.id, reason: draft.reason } };
  });
  await settleOwnerLogin(room, work.em, row.tenantId);
}

/** Idempotent. */
export async function resumeAccount(room: Room, work: Work, row: Account): Promise<void> {
  if (row.spec.deleted)
    throw new Conflict('account.isDeleted', `${row.name} is deleted. Restore it first.`, { name: row.name });
  if (!row.spec.suspended) return;
  await work.hooks.run('account.resume', { accountId: row.id }, async () => {
    const saved = await work.desired.update<Account>('account', row, { ...row.spec, suspended: null });
    return { subject: accountFacts(saved), fact: { accountId: row.id } };
  });
  await settleOwnerLogin(room, work.em, row.tenantId);
}
