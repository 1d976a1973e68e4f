import { NotFound, PanelError, type Actor, type EntityManager } from '@tenpanel/sdk';
import { resellerEntity, type Reseller } from '../entities/reseller.js';

/** The reseller with this tenant id, when the caller may see it; else 404. */
export async function resellerOfId(em: EntityManager, tenantId: number): Promise<Reseller> {
  const row = await em.findOne(resellerEntity, { tenantId });
  if (!row) throw new NotFound('reseller');
  return row;
}

/** A reseller sees itself, but only those above may change what it has. */
export async function resellerBelow(em: EntityManager, actor: Actor, tenantId: number): Promise<Reseller> {
  const row = await resellerOfId(em, tenantId);
  if (row.tenantId === actor.tenantId) {
    throw new PanelError(
      'reseller.notYourself',
      403,
      'You cannot change your own allowance or state. Ask whoever you buy from.',
    );
  }
  return row;
}
