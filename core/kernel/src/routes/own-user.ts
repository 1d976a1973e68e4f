import { PanelError, type EntityManager } from '@tenpanel/sdk';
import type { Actor } from '@tenpanel/sdk';
import { UserEntity } from '../auth/user-entity.js';
import type { User } from '../users/user-reply.js';

/**
 * The user record of a person who acts in their own name. What proves a person (password, second factor) cannot be
 * changed by a token or by somebody who signed in as them.
 */
export async function ownUser(em: EntityManager, actor: Actor): Promise<User> {
  const user =
    actor.kind === 'user' && !actor.onBehalfOf
      ? await em.findOne(UserEntity, { id: actor.userId ?? 0 })
      : null;
  if (!user)
    throw new PanelError('auth.notYourself', 403, 'Only the person themselves, signed in, can change this.');
  return user;
}
