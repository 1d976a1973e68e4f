import { readFile } from 'node:fs/promises';
import { processLimitHits } from './process-limit-hits.js';
import type { SliceLimits, SliceUsage } from '@tenpanel/protocol';

/** Use and limits of a cgroup v2 folder; counters that its kernel does not keep are left out. */
export async function readUsage(folder: string): Promise<SliceUsage> {
  const read = async (name: string): Promise<string> =>
    (await readFile(`${folder}/${name}`, 'utf8').catch(() => '')).trim();
  const [memory, peak, events, cpu, pids, io] = await Promise.all(
    ['memory.current', 'memory.peak', 'memory.events', 'cpu.stat', 'pids.current', 'io.stat'].map(read),
  );
  const cpuStat = flatKeyed(cpu);
  const numbers: Partial<SliceUsage> = {
    memoryBytes: number(memory),
    memoryPeakBytes: number(peak),
    oomKills: flatKeyed(events)['oom_kill'],
    cpuUsageMicroseconds: cpuStat['usage_usec'],
    cpuThrottledMicroseconds: cpuStat['throttled_usec'],
    cpuThrottledCount: cpuStat['nr_throttled'],
    processes: number(pids),
    processLimitHits: await processLimitHits(folder),
    ioReadBytes: sumOf(io, 'rbytes'),
    ioWriteBytes: sumOf(io, 'wbytes'),
  };
  const known = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
  return { supported: true, ...known, limits: await readLimits(read) };
}

async function readLimits(read: (name: string) => Promise<string>): Promise<SliceLimits> {
  const [memory, cpu, pids, io, weight] = await Promise.all(
    ['memory.max', 'cpu.max', 'pids.max', 'io.max', 'io.weight'].map(read),
  );
  const [quota, period] = (cpu ?? '').split(' ').map(Number);
  const bandwidth = (name: string): number | null =>
    number(new RegExp(`\\b${name}=(\\d+)`).exec(io ?? '')?.[1]) ?? null;
  return {
    memoryBytes: number(memory) ?? null,
    cpuPercent: quota && period ? Math.round((quota / period) * 100) : null,
    processes: number(pids) ?? null,
    ioReadBytesPerSecond: bandwidth('rbps'),
    ioWriteBytesPerSecond: bandwidth('wbps'),
    ioWeight: number(/default (\d+)/.exec(weight ?? '')?.[1]) ?? null,
  };
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function flatKeyed(text: string | undefined): Record<string, number> {
  const pairs = (text ?? '').split('\n').map((line) => line.split(' '));
  return Object.fromEntries(
    pairs.flatMap(([key, value]) => (key && value !== undefined ? [[key, Number(value)]] : [])),
  );
}

function sumOf(text: string | undefined, key: string): number | undefined {
  if (!text) return undefined;
  return [...text.matchAll(new RegExp(`\\b${key}=(\\d+)`, 'g'))].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
}
