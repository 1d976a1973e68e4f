import { randomBytes } from 'node:crypto';
import type { Role } from '@tenpanel/sdk';
import { hashToken, randomToken } from '@tenpanel/kernel/auth/hash-token';
import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { sql } from '@tenpanel/kernel/db/sql';
import { createTenant } from '@tenpanel/kernel/tenants/tenants';
import { ApiClient } from './api-client.js';

export interface SignInOptions {
  role: Role;
  /** Tenant of the person; by default a new one for resellers and clients, the provider for admins. */
  tenantId?: number;
  /** Parent of the new tenant; default the provider (1). */
  parentId?: number;
  /** Of the person's token; default everything that the role may. */
  permissions?: readonly string[];
}

/** A new person with an API token that may do everything the role may. */
export async function signIn(
  kernel: RunningKernel,
  base: string,
  { role, tenantId, parentId = 1, permissions }: SignInOptions,
): Promise<ApiClient> {
  const token = `tpk_${randomToken()}`;
  const name = `${role}-${randomBytes(4).toString('hex')}`;
  const email = `${name}@example.com`;
  const me = await kernel.db.transaction('/', async (em) => {
    const tenant =
      tenantId ?? (role === 'admin' ? 1 : (await createTenant(em, { parentId, kind: role, name })).id);
    const [user] = await sql<{ id: number }>(
      em,
      `insert into kernel.users (tenant_id, email, name, role, password_hash) values ($1, $2, $3, $4, 'no password') returning id`,
      [tenant, email, name, role],
    );
    if (!user) throw new Error('The user was not inserted.');
    await sql(
      em,
      `insert into kernel.api_tokens (tenant_id, user_id, name, hash, permissions, step_up, expires_at, created_at)
       values ($1, $2, 'test', $3, $4, true, $5, $6)`,
      [
        tenant,
        user.id,
        hashToken(token),
        JSON.stringify(permissions ?? [...kernel.registry.permissions.keys()]),
        new Date(kernel.now() + 3_600_000_000),
        new Date(kernel.now()),
      ],
    );
    return { userId: user.id, tenantId: tenant, email };
  });
  return new ApiClient(base, token, me);
}
