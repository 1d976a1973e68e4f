import type { EntityManager } from '@mikro-orm/core';
import { Conflict, PanelError, query, type Role } from '@tenpanel/sdk';
import { hashPassword } from '../auth/passwords.js';
import { generatePassword } from '../auth/generate-password.js';
import { UserEntity, type Scope } from '../auth/user-entity.js';
import type { User } from './user-reply.js';

export interface NewUser {
  tenantId: number;
  role: Role;
  email: string;
  name: string;
  password?: string | undefined;
  permissions?: string[] | null;
  scope?: Scope | null;
  now: number;
}

const ROLE_OF_KIND: Record<string, Role> = { provider: 'admin', reseller: 'reseller', client: 'client' };

/**
 * Add a person to a tenant that is visible here. Without a password one is made, to be shown once.
 * @throws Conflict `user.emailTaken`; PanelError 422 for a tenant that is not there or whose kind has another role
 */
export async function insertUser(
  em: EntityManager,
  values: NewUser,
): Promise<{ user: User; generatedPassword: string | null }> {
  const [tenant] = await query<{ kind: string }>(em, 'select kind from kernel.tenants where id = ?', [
    values.tenantId,
  ]);
  if (!tenant) throw new PanelError('user.noTenant', 422, 'There is no such tenant.', {}, ['tenantId']);
  const fitting = ROLE_OF_KIND[tenant.kind];
  if (fitting !== values.role) {
    throw new PanelError(
      'user.roleDoesNotFit',
      422,
      `Users of this tenant have the role ${fitting ?? 'none'}.`,
      { role: fitting ?? '' },
      ['role'],
    );
  }
  const email = values.email.trim().toLowerCase();
  await refuseTakenEmail(em, email);
  const generatedPassword = values.password === undefined ? generatePassword() : null;
  const at = new Date(values.now);
  const user = em.create(UserEntity, {
    tenantId: values.tenantId,
    role: values.role,
    email,
    name: values.name,
    passwordHash: await hashPassword(values.password ?? generatedPassword ?? ''),
    tokenVersion: 1,
    permissions: values.permissions ?? null,
    scope: values.scope ?? null,
    createdAt: at,
    updatedAt: at,
  });
  em.persist(user);
  await em.flush();
  return { user, generatedPassword };
}

/**
 * The unique index would say it as well, but would end the transaction of a caller that can go on.
 * @throws Conflict `user.emailTaken`, also when the other user is not visible here
 */
export async function refuseTakenEmail(em: EntityManager, email: string): Promise<void> {
  const [known] = await query<{ taken: boolean }>(em, 'select kernel.email_taken(?) as taken', [email]);
  if (known?.taken) {
    throw new Conflict('user.emailTaken', `Somebody already signs in with ${email}. Use another address.`, {
      email,
    });
  }
}
