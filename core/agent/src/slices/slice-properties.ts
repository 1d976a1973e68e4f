import type { SliceLimits } from '@tenpanel/protocol';

const orInfinity = (value: number | null): string => (value === null ? 'infinity' : String(value));

/**
 * systemd's properties for the limits (systemd.resource-control(5)). `device` is a path such as /dev/block/254:0; the
 * io properties are left out without one. An empty assignment takes an earlier limit away.
 */
export function sliceProperties(limits: SliceLimits, device: string | null): string[] {
  const io = (name: string, value: number | null): string[] => {
    if (device === null) return [];
    return [value === null ? `${name}=` : `${name}=${device} ${value}`];
  };
  return [
    'MemoryAccounting=yes',
    'CPUAccounting=yes',
    'TasksAccounting=yes',
    'IOAccounting=yes',
    `MemoryMax=${orInfinity(limits.memoryBytes)}`,
    // A customer's memory must not move into swap and slow down everybody.
    `MemorySwapMax=${limits.memoryBytes === null ? 'infinity' : '0'}`,
    `CPUQuota=${limits.cpuPercent === null ? '' : `${limits.cpuPercent}%`}`,
    `TasksMax=${orInfinity(limits.processes)}`,
    ...io('IOReadBandwidthMax', limits.ioReadBytesPerSecond),
    ...io('IOWriteBandwidthMax', limits.ioWriteBytesPerSecond),
    `IOWeight=${limits.ioWeight ?? 100}`,
  ];
}

/** The same limits as files of a cgroup v2 folder: file name and content. */
export function cgroupFiles(limits: SliceLimits, device: string | null): [string, string][] {
  const orMax = (value: number | null): string => (value === null ? 'max' : String(value));
  const period = 100_000;
  const files: [string, string][] = [
    ['memory.max', orMax(limits.memoryBytes)],
    ['memory.swap.max', limits.memoryBytes === null ? 'max' : '0'],
    [
      'cpu.max',
      limits.cpuPercent === null
        ? `max ${period}`
        : `${Math.round((limits.cpuPercent / 100) * period)} ${period}`,
    ],
    ['pids.max', orMax(limits.processes)],
    ['io.weight', `default ${limits.ioWeight ?? 100}`],
  ];
  if (device === null) return files;
  const bandwidth = `${device} rbps=${orMax(limits.ioReadBytesPerSecond)} wbps=${orMax(limits.ioWriteBytesPerSecond)}`;
  return [...files, ['io.max', bandwidth]];
}
