import { resourceReply, resourceStatus, z, type SliceUsage } from '@tenpanel/sdk';
import { effectiveLimits, type Slice } from '../entities/slice.js';
import { sliceLimits } from '../services/slice-limits.js';

const limit = z.strictObject({
  key: z.string(),
  title: z.string(),
  unit: z.string(),
  limit: z.number().nullable().meta({ description: 'What holds now; null is unlimited' }),
  plan: z.number().nullable().meta({ description: "The plan's value" }),
  overridden: z.boolean(),
});

export const sliceView = z
  .strictObject({
    ...resourceReply,
    account: z.string(),
    accountId: z.number().int(),
    enforced: z.boolean().nullable().meta({ description: 'null: not tried yet' }),
    limits: z.array(limit),
  })
  .meta({ id: 'Cgroup' });

const count = z.number().nullable();
export const usageView = z.strictObject({
  supported: z.boolean(),
  reason: z.string().nullable(),
  memoryBytes: count,
  memoryPeakBytes: count,
  oomKills: count.meta({ description: 'Processes that died at the memory limit' }),
  cpuUsageMicroseconds: count,
  cpuThrottledMicroseconds: count.meta({ description: 'Time held at the CPU limit' }),
  cpuThrottledCount: count,
  processes: count,
  processLimitHits: count.meta({ description: 'Processes that could not be started at the limit' }),
  ioReadBytes: count,
  ioWriteBytes: count,
});

export const sliceDetails = z
  .strictObject({ ...sliceView.shape, usage: usageView })
  .meta({ id: 'CgroupDetails' });

export function viewSlice(row: Slice): z.output<typeof sliceView> {
  const { plan, overrides } = row.spec;
  const holds = effectiveLimits(row.spec);
  const enforced = row.conditions.find((condition) => condition.type === 'Enforced');
  return {
    id: row.id,
    status: resourceStatus(row),
    generation: row.generation,
    conditions: row.conditions,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    account: row.spec.account,
    accountId: row.spec.accountId,
    enforced: enforced ? enforced.status === 'true' : null,
    limits: sliceLimits.map(({ field, spec: { key, title, unit } }) => ({
      key,
      title,
      unit,
      limit: holds[field],
      plan: plan[field],
      overridden: overrides[field] !== undefined,
    })),
  };
}

export function viewUsage(usage: SliceUsage): z.output<typeof usageView> {
  return {
    supported: usage.supported,
    reason: usage.reason ?? null,
    memoryBytes: usage.memoryBytes ?? null,
    memoryPeakBytes: usage.memoryPeakBytes ?? null,
    oomKills: usage.oomKills ?? null,
    cpuUsageMicroseconds: usage.cpuUsageMicroseconds ?? null,
    cpuThrottledMicroseconds: usage.cpuThrottledMicroseconds ?? null,
    cpuThrottledCount: usage.cpuThrottledCount ?? null,
    processes: usage.processes ?? null,
    processLimitHits: usage.processLimitHits ?? null,
    ioReadBytes: usage.ioReadBytes ?? null,
    ioWriteBytes: usage.ioWriteBytes ?? null,
  };
}
