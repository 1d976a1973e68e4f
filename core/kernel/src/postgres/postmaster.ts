import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Postmaster {
  pid: number;
  socketDir: string;
}

/** The server that runs on this data folder now, by its `postmaster.pid`; null when there is none (also for a stale file). */
export async function runningPostmaster(dataDir: string): Promise<Postmaster | null> {
  const lines: string[] = await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  // The pid may belong to somebody else by now: a postmaster names its data folder in its arguments.
  const argv: string[] = await readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (text) => text.split('\0'),
    () => [],
  );
  if (!argv.includes(dataDir)) return null;
  return { pid, socketDir: lines[4] ?? '' };
}

/** Fast shutdown (open transactions are rolled back), then immediate when it takes longer than `seconds`. */
export async function stopPostmaster(dataDir: string, seconds = 30): Promise<void> {
  const postmaster = await runningPostmaster(dataDir);
  if (!postmaster) return;
  signal(postmaster.pid, 'SIGINT');
  const deadline = Date.now() + seconds * 1_000;
  while (await runningPostmaster(dataDir)) {
    if (Date.now() > deadline) {
      signal(postmaster.pid, 'SIGQUIT');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
