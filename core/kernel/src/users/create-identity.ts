import type { EntityManager } from '@mikro-orm/core';
import { NotFound, query, type Identity, type TenantFacts, type UserFacts } from '@tenpanel/sdk';
import { UserEntity } from '../auth/user-entity.js';
import {
  createTenant,
  findTenant,
  findTenants,
  moveTenant,
  renameTenant,
  setTenantSuspended,
} from '../tenants/tenants.js';
import { insertUser } from './insert-user.js';
import { keepAnAdministrator } from './keep-an-administrator.js';
import type { User } from './user-reply.js';
import { voidAccess } from './void-access.js';

/** Tenants and users as plugins use them. Provide it under `identityToken`. */
export function createIdentity(options: { now: () => number }): Identity {
  const { now } = options;
  return {
    tenant: (em, id) => findTenant(em, id),
    async tenants(em, ids) {
      const rows: TenantFacts[] = await findTenants(em, ids);
      return new Map(rows.map((row) => [row.id, row]));
    },
    createTenant: (em, values) => createTenant(em, values),
    renameTenant: (em, id, name) => renameTenant(em, id, name),
    async moveTenant(em, id, parentId) {
      const moved = await moveTenant(em, id, parentId);
      const users = await query<{ id: number }>(
        em,
        'select u.id from kernel.users u join kernel.tenants t on t.id = u.tenant_id where t.path ^@ ?::text',
        [moved.path],
      );
      for (const user of users) await voidAccess(em, user.id, now());
      return moved;
    },
    async setTenantSuspended(em, id, suspended) {
      await setTenantSuspended(em, id, suspended);
      if (!suspended) return;
      for (const user of await em.find(UserEntity, { tenantId: id })) await voidAccess(em, user.id, now());
    },
    async createUser(em, values) {
      const made = await insertUser(em, { ...values, now: now() });
      return { user: factsOf(made.user), generatedPassword: made.generatedPassword };
    },
    async usersOf(em, tenantIds) {
      return (
        await em.find(UserEntity, { tenantId: { $in: [...tenantIds] } }, { orderBy: { id: 'asc' } })
      ).map(factsOf);
    },
    setUserDisabled: (em, id, disabled) => setUserDisabled(em, id, disabled, now()),
  };
}

/** @throws NotFound; Conflict `user.lastAdministrator` */
export async function setUserDisabled(
  em: EntityManager,
  userId: number,
  disabled: boolean,
  now: number,
): Promise<void> {
  const user = await em.findOne(UserEntity, { id: userId });
  if (!user) throw new NotFound('user');
  if ((user.disabledAt != null) === disabled) return;
  if (disabled) await keepAnAdministrator(em, user);
  user.disabledAt = disabled ? new Date(now) : null;
  await em.flush();
  if (disabled) await voidAccess(em, userId, now);
}

function factsOf(user: User): UserFacts {
  return {
    id: user.id,
    tenantId: user.tenantId,
    email: user.email,
    name: user.name,
    role: user.role,
    disabled: user.disabledAt != null,
  };
}
