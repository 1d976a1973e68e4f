import type { EntityManager } from '@mikro-orm/core';
import { query } from '@tenpanel/sdk';
import { revokeSessionsOf } from '../auth/sessions.js';

/** End all sessions and access tokens of a user at once. API tokens stay: they have their own end and list. */
export async function voidAccess(
  em: EntityManager,
  userId: number,
  now: number,
  keepSession: string | null = null,
): Promise<void> {
  await query(em, 'update kernel.users set token_version = token_version + 1, updated_at = ? where id = ?', [
    new Date(now),
    userId,
  ]);
  await revokeSessionsOf(em as never, userId, now, keepSession);
}
