import type { FileHandle } from 'node:fs/promises';
import { openFile } from '../files/read-file.js';

const CHUNK = 256 * 1024;
/** A tail looks at no more than this, however few lines match its key. */
const LOOK_BACK = 16 * 1024 * 1024;

/** Tells whether a line belongs to the key; without a pattern or a key every line does. */
export function lineFilter(
  keyPattern: string | undefined,
  key: string | undefined,
): (line: string) => boolean {
  if (keyPattern === undefined || key === undefined) return () => true;
  const pattern = new RegExp(keyPattern, 'u');
  return (line) => pattern.exec(line)?.groups?.['key'] === key;
}

/** The last `count` lines that pass the filter, oldest first. A file that is not there has none. */
export async function tailLog(
  path: string,
  count: number,
  passes: (line: string) => boolean,
): Promise<string[]> {
  const file = await openFile(path);
  if (file === null || count === 0) {
    await file?.close();
    return [];
  }
  try {
    const { size } = await file.stat();
    const found: string[] = [];
    let end = size;
    let rest = Buffer.alloc(0);
    while (end > 0 && size - end < LOOK_BACK && found.length < count) {
      const start = Math.max(0, end - CHUNK);
      const bytes = Buffer.concat([await readRange(file, start, end - start), rest]);
      // The first line of a chunk may go on in the chunk before it.
      const firstBreak = start === 0 ? -1 : bytes.indexOf(10);
      if (start > 0 && firstBreak === -1) {
        rest = bytes.length > LOOK_BACK ? Buffer.alloc(0) : bytes;
        end = start;
        continue;
      }
      rest = bytes.subarray(0, firstBreak + 1);
      const lines = bytes
        .subarray(firstBreak + 1)
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '');
      for (let index = lines.length - 1; index >= 0 && found.length < count; index--) {
        const line = lines[index];
        if (line !== undefined && passes(line)) found.push(line);
      }
      end = start;
    }
    return found.reverse();
  } finally {
    await file.close();
  }
}

/**
 * Whole lines from an offset on. When the inode is another one, or the file has become shorter, it was rotated: the
 * new file is read from its beginning.
 */
export async function readLog(
  path: string,
  from: { inode: number; offset: number },
  maxBytes: number,
): Promise<{ lines: string[]; inode: number; offset: number }> {
  const file = await openFile(path);
  if (file === null) return { lines: [], inode: 0, offset: 0 };
  try {
    const facts = await file.stat();
    const start = facts.ino === from.inode && from.offset <= facts.size ? from.offset : 0;
    const bytes = await readRange(file, start, Math.min(maxBytes, facts.size - start));
    let end = bytes.lastIndexOf(10) + 1;
    // A line longer than the whole window would hold the reader up for ever.
    if (end === 0 && bytes.length === maxBytes) end = bytes.length;
    const lines = bytes
      .subarray(0, end)
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    return { lines, inode: facts.ino, offset: start + end };
  } finally {
    await file.close();
  }
}

/** Give each new line to `onLine` until the signal; looks twice a second, which also survives rotation. */
export async function followLog(
  path: string,
  passes: (line: string) => boolean,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const file = await openFile(path);
  const facts = await file?.stat();
  await file?.close();
  let at = { inode: facts?.ino ?? 0, offset: facts?.size ?? 0 };
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { lines, ...next } = await readLog(path, at, CHUNK);
    at = next;
    for (const line of lines) if (passes(line)) onLine(line);
  }
}

async function readRange(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
