import type { EntityManager } from '@tenpanel/sdk';
import { accountEntity } from '../entities/account.js';
import type { Room } from './room.js';

/** A client can sign in while one of its accounts is active. Resellers and the provider are not touched. */
export async function settleOwnerLogin(room: Room, em: EntityManager, tenantId: number): Promise<void> {
  const tenant = await room.identity.tenant(em, tenantId);
  if (tenant?.kind !== 'client') return;
  await em.flush();
  const active = await em.count(accountEntity, { tenantId, state: 'active', deletedAt: null });
  if (tenant.suspended !== (active === 0)) await room.identity.setTenantSuspended(em, tenantId, active === 0);
}
