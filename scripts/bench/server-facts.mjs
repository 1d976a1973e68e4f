import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const MiB = 1024 * 1024;

/** Proportional memory (PSS) in MiB of all processes whose command line matches. */
function memoryOf(pattern) {
  let bytes = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (!pattern.test(line)) continue;
      bytes +=
        Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
    } catch {
      // The process has ended meanwhile.
    }
  }
  return Math.round((bytes / MiB) * 10) / 10;
}

export function memory() {
  const parts = {
    web: memoryOf(/process\/web\.js/),
    worker: memoryOf(/process\/worker\.js/),
    agent: memoryOf(/core\/agent\/dist\/main\.js/),
    // One living process a customer whose files were touched lately; they end when they are idle.
    customers: memoryOf(/node .*tenant-child\.js/),
    postgres: memoryOf(/postgres/),
    nginx: memoryOf(/^nginx:/),
    varnish: memoryOf(/varnishd/),
    phpFpm: memoryOf(/^php-fpm:/),
  };
  return { ...parts, panel: Math.round((parts.web + parts.worker + parts.agent) * 10) / 10 };
}

/** How often nginx was told to read its configuration again since the boot, by systemd's own journal. */
export function reloads() {
  const text = execFileSync('/usr/bin/journalctl', ['-q', '-b', '-u', 'nginx.service', '-o', 'cat'], {
    encoding: 'utf8',
    maxBuffer: 512 * MiB,
  });
  return text.split('\n').filter((line) => line.includes('SIGHUP') || line.startsWith('Reloaded ')).length;
}
