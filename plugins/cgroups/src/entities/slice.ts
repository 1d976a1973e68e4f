import { defineEntity, p, resourceProperties, type ResourceRow, type SliceLimits } from '@tenpanel/sdk';

export interface SliceSpec {
  accountId: number;
  /** Unix name; the slice is `tenpanel-<account>.slice`. */
  account: string;
  /** What the account's plan says. */
  plan: SliceLimits;
  /** What an administrator has set for this account alone; null in here is unlimited, absent is the plan's. */
  overrides: Partial<SliceLimits>;
}

export const sliceEntity = defineEntity({
  name: 'AccountSlice',
  tableName: 'slice',
  schema: 'plg_cgroups',
  properties: {
    ...resourceProperties<SliceSpec>(),
    accountId: p.integer().generated("((spec->>'accountId')::int) stored"),
    account: p.string().generated("(spec->>'account') stored"),
  },
});

export interface Slice extends ResourceRow<SliceSpec> {
  readonly accountId: number;
  readonly account: string;
}

/** What holds: the plan's limits with the account's own over them. */
export function effectiveLimits(spec: Pick<SliceSpec, 'plan' | 'overrides'>): SliceLimits {
  return { ...spec.plan, ...spec.overrides };
}
