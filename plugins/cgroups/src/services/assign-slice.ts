import {
  oneForChange,
  type Accounts,
  type AccountFacts,
  type Desired,
  type EntityManager,
} from '@tenpanel/sdk';
import { sliceEntity, type Slice } from '../entities/slice.js';
import { planLimits } from './slice-limits.js';

export async function sliceOf(em: EntityManager, accountId: number): Promise<Slice | null> {
  return (await em.findOne(sliceEntity, { accountId })) as Slice | null;
}

/** The account's slice with the limits its plan has now: made when it is missing, changed when they differ. */
export async function assignSlice(
  accounts: Accounts,
  em: EntityManager,
  desired: Desired,
  account: AccountFacts,
): Promise<void> {
  const plan = planLimits(await accounts.limits(em, account.id));
  const row = await oneForChange<Slice>(em, sliceEntity, { accountId: account.id });
  if (!row) {
    await desired.create<Slice>('slice', {
      tenantId: account.tenantId,
      spec: { accountId: account.id, account: account.name, plan, overrides: {} },
    });
    return;
  }
  const sameOwner = row.tenantId === account.tenantId;
  const sameLimits = (Object.keys(plan) as (keyof typeof plan)[]).every(
    (key) => plan[key] === row.spec.plan[key],
  );
  if (sameOwner && sameLimits) return;
  row.tenantId = account.tenantId;
  await desired.update<Slice>('slice', row, { ...row.spec, plan });
}
