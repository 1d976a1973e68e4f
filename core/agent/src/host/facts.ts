import { statfs } from 'node:fs/promises';
import * as os from 'node:os';
import { readFile } from 'node:fs/promises';
import type { HostFacts } from '@tenpanel/protocol';

export async function hostFacts(places: readonly string[]): Promise<HostFacts> {
  const disks = await Promise.all(
    places.map(async (path) => {
      const facts = await statfs(path).catch(() => null);
      if (facts === null) return [];
      const { bsize, blocks, bavail, files, ffree } = facts;
      return [
        {
          path,
          bytes: blocks * bsize,
          availableBytes: bavail * bsize,
          inodes: files,
          availableInodes: ffree,
        },
      ];
    }),
  );
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  const [one = 0, five = 0, fifteen = 0] = os.loadavg();
  return {
    hostname: os.hostname(),
    kernel: os.release(),
    cpus: os.cpus().length,
    memoryBytes: os.totalmem(),
    memoryAvailableBytes: available === undefined ? os.freemem() : Number(available) * 1024,
    load: [one, five, fifteen],
    disks: disks.flat(),
    uptimeSeconds: Math.floor(os.uptime()),
  };
}
