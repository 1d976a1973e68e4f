import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { failpoint } from '@tenpanel/protocol';
import { diskProblem } from './disk-problem.js';
import type { Manifest } from './manifest.js';
import type { PreviousFile } from './ledger.js';

/** One file of a batch, with what stood there before. */
export interface JournalFile {
  absolute: string;
  rootPath: string;
  mode: number;
  uid: number;
  gid: number;
  /** Base64, so that any bytes come back as they were; null means that there was no file. */
  before: string | null;
}

export interface JournalEntry {
  batch: number;
  driver: string;
  service: string;
  instance: string | null;
  files: JournalFile[];
  /** The manifests after the commit, each with what rollback needs. */
  manifests: { manifest: Manifest; previous: PreviousFile[] }[];
}

export interface OpenJournal {
  /** From here on the batch counts as done, whatever happens to the agent. */
  commit(): Promise<void>;
  /** The batch will be put back: a commit line that may have come to the disk does not count. Needs no space. */
  withdraw(): Promise<void>;
  /** The batch is over: either committed and in the ledger, or put back. */
  remove(): Promise<void>;
}

/** Write down what is about to happen; durable when it resolves. Only then may a file of the host be touched. */
export async function beginJournal(state: string, entry: JournalEntry): Promise<OpenJournal> {
  const folder = join(state, 'journal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${entry.batch}.jsonl`);
  const file = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND,
    0o600,
  );
  const begin = Buffer.from(`${JSON.stringify({ begin: entry })}\n`);
  try {
    await failpoint('agent.config.journal.opened');
    await file.writeFile(begin);
    await failpoint('agent.config.journal.written');
    await file.sync();
    await syncFolder(folder);
  } catch (error) {
    await file.close();
    await unlink(path);
    throw diskProblem(error, folder);
  }
  return {
    async commit() {
      await file.writeFile('{"commit":true}\n');
      await failpoint('agent.config.commit.written');
      await file.sync();
    },
    async withdraw() {
      // By path, because this may be repeated after `remove` has closed the file and could not unlink it.
      const again = await open(path, constants.O_WRONLY);
      try {
        await again.truncate(begin.length);
        await again.sync();
      } finally {
        await again.close();
      }
    },
    async remove() {
      await file.close().catch(() => undefined);
      await unlink(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    },
  };
}

/** What a killed agent left behind, oldest first. Without a first line that can be read it never touched the host. */
export async function leftJournals(
  state: string,
): Promise<{ path: string; entry: JournalEntry | null; committed: boolean }[]> {
  const folder = join(state, 'journal');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl')).sort();
  return await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const lines = (await readFile(path, 'utf8')).split('\n');
      const whole = lines.slice(0, -1);
      return { path, entry: entryOf(whole[0]), committed: whole[1] === '{"commit":true}' };
    }),
  );
}

/** A first line that was never synced can be anything after a power cut, also a whole line of zeros. */
function entryOf(line: string | undefined): JournalEntry | null {
  try {
    return (JSON.parse(line ?? '') as { begin: JournalEntry }).begin;
  } catch {
    return null;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
