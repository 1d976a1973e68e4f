import { Conflict } from '@tenpanel/sdk';
import type { Account } from '../entities/account.js';
import { accountFacts } from './account-facts.js';
import { noteDeletion } from './bulk-cap.js';
import { settleOwnerLogin } from './owner-login.js';
import type { Room, Work } from './room.js';

const DAY = 86_400_000;

/** The undoable half of deletion: off at once, gone after the grace days. Idempotent. */
export async function deleteAccount(room: Room, work: Work, row: Account, reason: string): Promise<void> {
  if (row.spec.deleted) return;
  const grace = Number(await room.kit.settings.get('graceDays'));
  await work.hooks.run('account.suspend', { accountId: row.id, reason }, async (draft) => {
    const deleted = {
      at: new Date(work.now).toISOString(),
      purgeAfter: new Date(work.now + grace * DAY).toISOString(),
      by: work.by,
      reason: draft.reason,
    };
    const saved = await work.desired.update<Account>('account', row, { ...row.spec, deleted });
    await noteDeletion(work.em, saved, work.now);
    return { subject: accountFacts(saved), fact: { accountId: row.id, reason: draft.reason } };
  });
  await settleOwnerLogin(room, work.em, row.tenantId);
}

/** Undo a deletion within its grace. An account that was suspended before is suspended again. */
export async function restoreAccount(room: Room, work: Work, row: Account): Promise<void> {
  if (!row.spec.deleted) return;
  const spec = { ...row.spec, deleted: null };
  const save = async () => accountFacts(await work.desired.update<Account>('account', row, spec));
  if (spec.suspended) {
    const { reason } = spec.suspended;
    await work.hooks.run('account.suspend', { accountId: row.id, reason }, async () => ({
      subject: await save(),
      fact: { accountId: row.id, reason },
    }));
  } else {
    await work.hooks.run('account.resume', { accountId: row.id }, async () => ({
      subject: await save(),
      fact: { accountId: row.id },
    }));
  }
  await settleOwnerLogin(room, work.em, row.tenantId);
}

/** For good: every plugin marks what belongs to the account, and the reconcilers take it off the server. */
export async function purgeAccount(room: Room, work: Work, row: Account): Promise<void> {
  if (row.deletedAt) return;
  const { id, name, tenantId } = row;
  await work.hooks.run('account.delete', { accountId: id }, async () => {
    if (!row.spec.deleted) await noteDeletion(work.em, row, work.now);
    await work.desired.delete('account', row);
    return { subject: accountFacts(row), fact: { accountId: id, name } };
  });
  await settleOwnerLogin(room, work.em, tenantId);
}

/** What is being removed for good cannot be changed any more. */
export function assertNotPurged(row: Account): void {
  if (row.deletedAt)
    throw new Conflict('account.isPurged', `${row.name} is being removed for good and cannot be changed.`, {
      name: row.name,
    });
}
