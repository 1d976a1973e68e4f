import { readdir, readFile } from 'node:fs/promises';

/** End every process of the uid. First all are stopped, so that a fork bomb cannot outrun the killing. */
export async function endProcesses(uid: number): Promise<number> {
  const ended = new Set<number>();
  for (let round = 0; round < 50; round++) {
    const pids = await processesOf(uid);
    if (pids.length === 0) break;
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
      for (const pid of pids) {
        try {
          process.kill(pid, signal);
          ended.add(pid);
        } catch {
          // It has ended in the meantime.
        }
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return ended.size;
}

async function processesOf(uid: number): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const owned = await Promise.all(
    names.map(async (name) => {
      const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
      const zombie = /^State:\s+Z/m.test(status);
      const ids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(status)?.slice(1).map(Number) ?? [];
      return !zombie && ids.includes(uid) ? [Number(name)] : [];
    }),
  );
  return owned.flat();
}
