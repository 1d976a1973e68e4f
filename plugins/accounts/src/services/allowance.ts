import { Conflict, query, type EntityManager, type LimitSpec, type TenantFacts } from '@tenpanel/sdk';
import { resellerEntity, type Reseller } from '../entities/reseller.js';
import { allowanceOnlyKeys } from './limit-values.js';

/** Ids of the tenants on the way from the top to this one, this one last; the provider has none. */
export function pathIds(path: string): number[] {
  return path.split('/').filter(Boolean).map(Number);
}

/** The reseller whose allowance an account of this tenant counts against: itself or the nearest one above; else null. */
export async function resellerOf(em: EntityManager, tenant: TenantFacts): Promise<Reseller | null> {
  const ids = pathIds(tenant.path);
  if (ids.length === 0) return null;
  const rows = await em.find(resellerEntity, { tenantId: { $in: ids } });
  return rows.sort((a, b) => ids.indexOf(b.tenantId) - ids.indexOf(a.tenantId))[0] ?? null;
}

/** What a reseller has given away, by key. A weight is a share, not an amount: it is not summed. */
export async function soldBy(
  em: EntityManager,
  tenantId: number,
): Promise<Map<string, { sum: number; unlimited: number }>> {
  await em.flush();
  // The plan's own limits count, also while its change is still on the way to the accounts.
  const rows = await query<{ key: string; sum: string | null; unlimited: string }>(
    em,
    `select key, sum(case when jsonb_typeof(value) = 'number' then value::text::numeric end)::text as sum,
            count(*) filter (where jsonb_typeof(value) = 'null')::text as unlimited
       from (
         select l.key, l.value from plg_accounts.account a left join plg_accounts.plan p on p.id = a.plan_id
           cross join lateral jsonb_each(coalesce(p.limits, a.spec->'limits')) l
          where a.reseller_tenant_id = ? and a.deleted_at is null
         union all
         select l.key, l.value from plg_accounts.reseller r cross join lateral jsonb_each(r.allowance) l
          where r.parent_tenant_id = ? and l.key not in ('accounts', 'resellers')
         union all
         select 'accounts', to_jsonb(count(*)) from plg_accounts.account a where a.reseller_tenant_id = ? and a.deleted_at is null
         union all
         select 'accounts', coalesce(r.allowance->'accounts', 'null'::jsonb) from plg_accounts.reseller r where r.parent_tenant_id = ?
         union all
         select 'resellers', to_jsonb(count(*)) from plg_accounts.reseller r where r.parent_tenant_id = ?
       ) sold group by key`,
    [tenantId, tenantId, tenantId, tenantId, tenantId],
  );
  return new Map(
    rows.map((row) => [row.key, { sum: Number(row.sum ?? 0), unlimited: Number(row.unlimited) }]),
  );
}

/** Hold the reseller's row, so that two sales cannot both look and then both be made. Call before writing. */
export async function lockAllowance(em: EntityManager, tenantId: number): Promise<void> {
  await query(em, 'select id from plg_accounts.reseller where tenant_id = ? for update', [tenantId]);
}

/**
 * Refuse (409 `reseller.allowance`) when more is sold than the reseller has. Call after the change is written, in the
 * same transaction: the answer then covers every way in which something can be sold.
 */
export async function assertWithinAllowance(
  em: EntityManager,
  specs: readonly LimitSpec[],
  reseller: Reseller,
): Promise<void> {
  const sold = await soldBy(em, reseller.tenantId);
  for (const spec of [...allowanceOnlyKeys, ...specs]) {
    const own = reseller.allowance[spec.key];
    if (own === null || own === undefined || spec.unit === 'weight' || reseller.oversell.includes(spec.key))
      continue;
    const { sum, unlimited } = sold.get(spec.key) ?? { sum: 0, unlimited: 0 };
    if (unlimited > 0) {
      throw new Conflict(
        'reseller.allowanceUnlimited',
        `${spec.title} is limited for this reseller, so it cannot be sold without a limit.`,
        {
          key: spec.key,
          title: spec.title,
          own,
        },
      );
    }
    if (sum > own) {
      throw new Conflict(
        'reseller.allowance',
        `${spec.title}: ${sum} would be sold, and the reseller has ${own}. Use a smaller plan or raise the allowance.`,
        {
          key: spec.key,
          title: spec.title,
          sold: sum,
          own,
        },
      );
    }
  }
}
