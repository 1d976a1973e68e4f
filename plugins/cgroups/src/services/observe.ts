import type { Accounts, MetricSpec, PluginKit, SliceUsage } from '@tenpanel/sdk';
import { sliceOf } from './assign-slice.js';
import { sliceLimits } from './slice-limits.js';
import { readUsage, UsageSnapshot } from './slice-usage.js';
import { cgroupSupport } from './support.js';

const COUNTERS = [
  'memoryPeakBytes',
  'oomKills',
  'cpuUsageMicroseconds',
  'cpuThrottledMicroseconds',
  'cpuThrottledCount',
  'processLimitHits',
  'ioReadBytes',
  'ioWriteBytes',
] as const satisfies readonly (keyof SliceUsage)[];

/** Limits with their present use, counters of an account, Prometheus numbers and the line of `doctor`. */
export function observe(kit: PluginKit, accounts: Accounts): void {
  const usageOf = async (em: Parameters<typeof sliceOf>[0], accountId: number): Promise<SliceUsage> => {
    const row = await sliceOf(em, accountId);
    if (!row) throw new Error('the account has no slice yet');
    return readUsage(kit, row.account);
  };

  for (const { field, spec } of sliceLimits) {
    if (field !== 'memoryBytes' && field !== 'processes') {
      kit.limit(spec);
      continue;
    }
    kit.limit({
      ...spec,
      async used(em, accountId) {
        const value = (await usageOf(em, accountId))[field];
        // Shown as "not measured" beside the limit.
        if (value === undefined) throw new Error('not measured on this server');
        return value;
      },
    });
  }

  accounts.reportUsage({
    id: 'cgroups',
    async usage(em, accountId) {
      const usage = await usageOf(em, accountId);
      return Object.fromEntries(
        COUNTERS.flatMap((name) => (usage[name] === undefined ? [] : [[name, usage[name]]])),
      );
    },
  });

  const snapshot = new UsageSnapshot(kit);
  const metric = (
    name: string,
    help: string,
    type: MetricSpec['type'],
    read: (usage: SliceUsage) => number | undefined,
  ): void =>
    kit.metric({
      name,
      help,
      type,
      labels: ['account'],
      async collect(em) {
        const all = await snapshot.read(em);
        return [...all].flatMap(([account, usage]) => {
          const value = read(usage);
          return value === undefined ? [] : [{ labels: { account }, value }];
        });
      },
    });
  const seconds = (microseconds: number | undefined) =>
    microseconds === undefined ? undefined : microseconds / 1e6;
  metric('account_memory_bytes', 'Memory that an account uses.', 'gauge', (usage) => usage.memoryBytes);
  metric('account_processes', 'Processes and threads of an account.', 'gauge', (usage) => usage.processes);
  metric('account_cpu_seconds_total', 'CPU time that an account has used.', 'counter', (usage) =>
    seconds(usage.cpuUsageMicroseconds),
  );
  metric(
    'account_cpu_throttled_seconds_total',
    'Time in which an account was held at its CPU limit.',
    'counter',
    (usage) => seconds(usage.cpuThrottledMicroseconds),
  );
  metric(
    'account_oom_kills_total',
    'Processes of an account that died at its memory limit.',
    'counter',
    (usage) => usage.oomKills,
  );
  metric(
    'account_process_limit_hits_total',
    'Processes that an account could not start at its limit.',
    'counter',
    (usage) => usage.processLimitHits,
  );
  metric(
    'account_io_read_bytes_total',
    'Bytes that an account has read from disk.',
    'counter',
    (usage) => usage.ioReadBytes,
  );
  metric(
    'account_io_write_bytes_total',
    'Bytes that an account has written to disk.',
    'counter',
    (usage) => usage.ioWriteBytes,
  );

  kit.check({
    name: 'cgroups.support',
    title: 'Limits of memory, CPU, processes and IO are held',
    async run({ agent }) {
      const { supported, reason, controllers } = await cgroupSupport(agent);
      if (supported && reason === null)
        return { state: 'ok', message: `cgroup v2 with ${controllers.join(', ')}.` };
      if (supported) return { state: 'warn', message: reason ?? '' };
      return {
        state: 'warn',
        message: `The limits are kept but not held on this server. ${reason ?? ''}`.trim(),
        fix: 'Start the system with cgroup v2 (systemd.unified_cgroup_hierarchy=1) and systemd as the first process. Everything else works without it.',
      };
    },
  });
}
