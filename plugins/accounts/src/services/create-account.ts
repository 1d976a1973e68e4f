import { Conflict, NotFound, type Actor, type TenantFacts } from '@tenpanel/sdk';
import type { Account, AccountSpec, Contact } from '../entities/account.js';
import { accountFacts } from './account-facts.js';
import { assertWithinAllowance, lockAllowance, resellerOf } from './allowance.js';
import { settleOwnerLogin } from './owner-login.js';
import { planFor } from './plan-fit.js';
import type { Room, Work } from './room.js';
import { unique } from './unique.js';

export interface NewOwner {
  email: string;
  name: string;
  password?: string | undefined;
}

export interface AccountRequest {
  name: string;
  planId: number;
  shell: boolean;
  contact: Contact | null;
  /** A new client, below `parentTenantId` (default: the caller's own tenant). */
  owner: NewOwner | undefined;
  parentTenantId: number | undefined;
  /** An owner that exists; without one and without `owner` the caller owns the account. */
  ownerTenantId: number | undefined;
}

export interface CreatedAccount {
  row: Account;
  user: { id: number; email: string } | null;
  generatedPassword: string | null;
}

async function visibleTenant(room: Room, work: Work, id: number): Promise<TenantFacts> {
  const tenant = await room.identity.tenant(work.em, id);
  if (!tenant) throw new NotFound('tenant');
  return tenant;
}

/** Owner, user and account in one transaction; the server follows by the reconciler. */
export async function createAccount(
  room: Room,
  work: Work,
  actor: Actor,
  request: AccountRequest,
): Promise<CreatedAccount> {
  const { em, desired, hooks } = work;
  let created: CreatedAccount | null = null;
  await hooks.run('account.create', { name: request.name, planId: request.planId }, async (draft) => {
    let user: CreatedAccount['user'] = null;
    let generatedPassword: string | null = null;
    let tenant = await visibleTenant(
      room,
      work,
      request.ownerTenantId ?? request.parentTenantId ?? actor.tenantId,
    );
    if (request.owner) {
      const { email, name, password } = request.owner;
      tenant = await room.identity.createTenant(em, { parentId: tenant.id, kind: 'client', name });
      const made = await room.identity.createUser(em, {
        tenantId: tenant.id,
        role: 'client',
        email,
        name,
        password,
      });
      user = { id: made.user.id, email: made.user.email };
      generatedPassword = made.generatedPassword;
    }
    const plan = await planFor(room, em, draft.planId, tenant);
    const reseller = await resellerOf(em, tenant);
    if (reseller) await lockAllowance(em, reseller.tenantId);
    const contact =
      request.contact ?? (request.owner ? { name: request.owner.name, email: request.owner.email } : null);
    const spec: AccountSpec = {
      name: draft.name,
      planId: plan.id,
      planName: plan.name,
      limits: { ...plan.limits },
      shell: request.shell,
      contact,
      suspended: null,
      deleted: null,
    };
    // Unix names are unique over all tenants, so only the index can tell.
    const taken = () =>
      new Conflict(
        'account.nameTaken',
        `The name ${draft.name} is taken. Choose another one.`,
        { name: draft.name },
        ['name'],
      );
    const columns = { resellerTenantId: reseller?.tenantId ?? null };
    const row = await unique('account_name', taken, async () => {
      const made = await desired.create<Account>('account', { tenantId: tenant.id, spec, columns });
      await em.flush();
      return made;
    });
    if (reseller) await assertWithinAllowance(em, room.kit.limits.all(), reseller);
    await settleOwnerLogin(room, em, tenant.id);
    created = { row, user, generatedPassword };
    return { subject: accountFacts(row), fact: { accountId: row.id, name: draft.name } };
  });
  if (!created) throw new Error('account.create ended without an account');
  return created;
}
