import { Conflict, NotFound, type EntityManager, type TenantFacts } from '@tenpanel/sdk';
import { planEntity, type Plan } from '../entities/plan.js';
import { pathIds } from './allowance.js';
import type { Room } from './room.js';

/** A plan fits an owner when it belongs to the provider or to a tenant on the way down to that owner. */
export async function planFits(
  room: Room,
  em: EntityManager,
  plan: Plan,
  owner: TenantFacts,
): Promise<boolean> {
  if (pathIds(owner.path).includes(plan.tenantId)) return true;
  const holder = await room.identity.tenant(em, plan.tenantId);
  return holder?.kind === 'provider';
}

/** The plan, when the caller may see it and it fits the owner. */
export async function planFor(
  room: Room,
  em: EntityManager,
  planId: number,
  owner: TenantFacts,
): Promise<Plan> {
  const plan = await em.findOne(planEntity, { id: planId });
  if (!plan) throw new NotFound('plan');
  if (await planFits(room, em, plan, owner)) return plan;
  throw new Conflict(
    'plan.otherOwner',
    `The plan ${plan.name} belongs to another reseller. Choose one of the account's own reseller.`,
    { plan: plan.name },
  );
}
