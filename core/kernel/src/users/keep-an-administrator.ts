import type { EntityManager } from '@mikro-orm/core';
import { Conflict, query } from '@tenpanel/sdk';
import type { User } from './user-reply.js';

/** @throws Conflict `user.lastAdministrator` when without this user nobody could administer the panel in a browser. */
export async function keepAnAdministrator(em: EntityManager, user: Pick<User, 'id' | 'role'>): Promise<void> {
  if (user.role !== 'admin') return;
  // Two administrators must not remove each other at the same moment.
  await query(em, "select pg_advisory_xact_lock(hashtext('tenpanel.administrators'))");
  const others = await query(
    em,
    "select id from kernel.users where role = 'admin' and permissions is null and scope is null and disabled_at is null and id <> ? limit 1",
    [user.id],
  );
  if (others.length === 0) {
    throw new Conflict(
      'user.lastAdministrator',
      'This is the last full administrator. Create another one first.',
    );
  }
}
