import type { EntityManager } from '@mikro-orm/core';
import type { Role } from '../manifest.js';
import { createToken } from '../token.js';

/** A node of the tenant tree. The provider is the root, with path `/`. */
export interface TenantFacts {
  id: number;
  /** null for the provider. */
  parentId: number | null;
  /** `/` for the provider, `/7/` for a reseller, `/7/31/` for its client: the ids from the top, this one last. */
  path: string;
  kind: 'provider' | 'reseller' | 'client';
  name: string;
  /** Nobody whose own tenant this is can sign in. Tenants below are not touched. */
  suspended: boolean;
}

export interface UserFacts {
  id: number;
  tenantId: number;
  email: string;
  name: string;
  role: Role;
  disabled: boolean;
}

/**
 * Tenants and users, which live in the kernel. Every method works in the caller's transaction and sees only what the
 * entity manager's tenant may see: an id from elsewhere is answered with null or `NotFound`.
 */
export interface Identity {
  tenant(em: EntityManager, tenantId: number): Promise<TenantFacts | null>;
  /** For lists without one query a row; ids that are not visible are left out. */
  tenants(em: EntityManager, tenantIds: readonly number[]): Promise<Map<number, TenantFacts>>;
  /** 422 when the parent is a client; a reseller below a reseller is fine. */
  createTenant(
    em: EntityManager,
    values: { parentId: number; kind: 'reseller' | 'client'; name: string },
  ): Promise<TenantFacts>;
  renameTenant(em: EntityManager, tenantId: number, name: string): Promise<void>;
  /**
   * Put a tenant, with all that is below it, under another parent. Paths of the whole subtree follow and the access
   * tokens of its users are void. 409 when the new parent is the tenant itself, lies below it, or is a client.
   */
  moveTenant(em: EntityManager, tenantId: number, parentId: number): Promise<TenantFacts>;
  /** Lock or unlock log-in, tokens and sessions of the users of exactly this tenant. Idempotent. */
  setTenantSuspended(em: EntityManager, tenantId: number, suspended: boolean): Promise<void>;
  /**
   * A person who can sign in; 409 `user.emailTaken`. Without `password` one is generated and returned, to be shown once.
   * `role` must fit the tenant's kind.
   */
  createUser(
    em: EntityManager,
    values: { tenantId: number; role: Role; email: string; name: string; password?: string | undefined },
  ): Promise<{ user: UserFacts; generatedPassword: string | null }>;
  /** The users of exactly these tenants. */
  usersOf(em: EntityManager, tenantIds: readonly number[]): Promise<UserFacts[]>;
  setUserDisabled(em: EntityManager, userId: number, disabled: boolean): Promise<void>;
}

export const identityToken = createToken<Identity>('identity', '1.0.0');
