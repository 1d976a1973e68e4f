import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SliceLimits } from '@tenpanel/protocol';
import { ioProblem } from './io-problem.js';
import { processLimitHits } from './process-limit-hits.js';
import { readUsage } from './read-usage.js';
import { cgroupFiles, sliceProperties } from './slice-properties.js';

const limits: SliceLimits = {
  memoryBytes: 536870912,
  cpuPercent: 150,
  processes: 60,
  ioReadBytesPerSecond: 1048576,
  ioWriteBytesPerSecond: null,
  ioWeight: 50,
};
const unlimited: SliceLimits = {
  memoryBytes: null,
  cpuPercent: null,
  processes: null,
  ioReadBytesPerSecond: null,
  ioWriteBytesPerSecond: null,
  ioWeight: null,
};

describe('limits of an account', () => {
  it('become systemd properties', () => {
    expect(sliceProperties(limits, '/dev/block/254:0').slice(4)).toEqual([
      ...['MemoryMax=536870912', 'MemorySwapMax=0', 'CPUQuota=150%', 'TasksMax=60'],
      ...['IOReadBandwidthMax=/dev/block/254:0 1048576', 'IOWriteBandwidthMax=', 'IOWeight=50'],
    ]);
    expect(sliceProperties(unlimited, null).slice(4)).toEqual([
      'MemoryMax=infinity',
      'MemorySwapMax=infinity',
      'CPUQuota=',
      'TasksMax=infinity',
      'IOWeight=100',
    ]);
  });

  it('become files of cgroup v2', () => {
    expect(Object.fromEntries(cgroupFiles(limits, '254:0'))).toEqual({
      'memory.max': '536870912',
      'memory.swap.max': '0',
      'cpu.max': '150000 100000',
      'pids.max': '60',
      'io.weight': 'default 50',
      'io.max': '254:0 rbps=1048576 wbps=max',
    });
  });

  it('are read back with what is used, throttled and killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cgroup-'));
    const files: Record<string, string> = {
      'memory.current': '1048576\n',
      'memory.peak': '2097152\n',
      'memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n',
      'memory.max': '536870912\n',
      'cpu.stat': 'usage_usec 900\nuser_usec 500\nnr_periods 10\nnr_throttled 4\nthrottled_usec 77\n',
      'cpu.max': '150000 100000\n',
      'pids.current': '3\n',
      'pids.events': 'max 9\n',
      'pids.max': 'max\n',
      'io.stat': '254:0 rbytes=100 wbytes=10 rios=1\n254:16 rbytes=1 wbytes=2\n',
      'io.max': '254:0 rbps=1048576 wbps=max riops=max wiops=max\n',
      'io.weight': 'default 50\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    expect(await readUsage(folder)).toEqual({
      supported: true,
      memoryBytes: 1048576,
      memoryPeakBytes: 2097152,
      oomKills: 2,
      cpuUsageMicroseconds: 900,
      cpuThrottledMicroseconds: 77,
      cpuThrottledCount: 4,
      processes: 3,
      processLimitHits: 9,
      ioReadBytes: 101,
      ioWriteBytes: 12,
      limits: { ...limits, processes: null },
    });
    rmSync(folder, { recursive: true });
  });

  it('say when bytes a second are asked for and cannot be held', () => {
    expect(ioProblem(limits, null).reason).toContain('not limited');
    expect(ioProblem(limits, '254:0')).toEqual({});
    expect(ioProblem(unlimited, null)).toEqual({});
  });

  it('count refused processes as this kernel does: in the group itself, or in those below it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cgroup-'));
    expect(await processLimitHits(folder)).toBeUndefined();
    for (const [group, hits] of Object.entries({ '.': 2, fpm: 0, 'fpm/a': 5, cron: 3 })) {
      mkdirSync(join(folder, group), { recursive: true });
      writeFileSync(join(folder, group, 'pids.events'), `max ${hits}\n`);
    }
    expect(await processLimitHits(folder)).toBe(10);
    writeFileSync(join(folder, 'pids.events.local'), 'max 0\n');
    expect(await processLimitHits(folder)).toBe(2);
    rmSync(folder, { recursive: true });
  });
});
