import type { EntityManager } from '@mikro-orm/postgresql';
import { query, type Role } from '@tenpanel/sdk';
import type { BehindSession } from './sessions.js';
import type { Scope } from './user-entity.js';

interface IdentityRow {
  user_id: number;
  tenant_id: number;
  path: string;
  suspended: boolean;
  email: string;
  name: string;
  role: Role;
  token_version: number;
  permissions: string[] | null;
  scope: Scope | null;
  language: string | null;
  disabled: boolean;
}

export interface IdentityBySession extends IdentityRow {
  on_behalf_of: BehindSession | null;
  proven_at: string | null;
}

export interface IdentityByToken extends IdentityRow {
  token_id: number;
  token_name: string;
  token_permissions: string[];
  token_scope: Scope | null;
  addresses: string[] | null;
  step_up: boolean;
  expires_at: string;
  last_used_at: string | null;
}

const IDENTITY = `u.id as user_id, u.tenant_id, t.path, t.suspended, u.email, u.name, u.role, u.token_version, u.permissions,
  u.scope, u.language, u.disabled_at is not null as disabled`;

/** A session that is alive, with its user; a login-as only while the person behind it could sign in as well. */
export async function identityBySession(
  em: EntityManager,
  sessionId: string,
  userId: number,
  now: number,
): Promise<IdentityBySession | null> {
  const [row] = await query<IdentityBySession>(
    em,
    `select ${IDENTITY}, s.on_behalf_of, s.proven_at
     from kernel.sessions s join kernel.users u on u.id = s.user_id join kernel.tenants t on t.id = u.tenant_id
     left join kernel.users b on b.id = (s.on_behalf_of ->> 'userId')::int
     where s.id = ?::uuid and s.user_id = ? and s.revoked_at is null and s.expires_at > ?
       and (s.on_behalf_of is null or (b.disabled_at is null and b.token_version = (s.on_behalf_of ->> 'version')::int))`,
    [sessionId, userId, new Date(now)],
  );
  return row && usable(row) ? row : null;
}

export async function identityByToken(
  em: EntityManager,
  hash: string,
  now: number,
): Promise<IdentityByToken | null> {
  const [row] = await query<IdentityByToken>(
    em,
    `select ${IDENTITY}, a.id as token_id, a.name as token_name, a.permissions as token_permissions, a.scope as token_scope,
       a.addresses, a.step_up, a.expires_at, a.last_used_at
     from kernel.api_tokens a join kernel.users u on u.id = a.user_id join kernel.tenants t on t.id = u.tenant_id
     where a.hash = ? and a.revoked_at is null and a.expires_at > ?`,
    [hash, new Date(now)],
  );
  return row && usable(row) ? row : null;
}

function usable(row: IdentityRow): boolean {
  return !row.disabled && !row.suspended;
}
