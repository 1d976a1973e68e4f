import { lstat } from 'node:fs/promises';
import { readFile } from '../files/read-file.js';
import { sha256 } from './plan-change.js';

const SETTLED_MS = 2_000;

/** Hashes of files on disk, for looking at all of them often. */
export interface FileHashes {
  /** SHA-256 of the file in hex; null when it is not there; `unreadable` when it is no file that can be read. */
  of(path: string): Promise<string | null>;
}

/**
 * A file is read again only when the kernel says that it has changed: its inode, size and times are as they were
 * otherwise. Nobody but the kernel sets the time of the last change of an inode (inode(7), ctime), so an edit cannot
 * hide by putting the modification time back.
 */
export function fileHashes(): FileHashes {
  const known = new Map<string, { stamp: string; hash: string }>();
  return {
    async of(path) {
      const facts = await lstat(path, { bigint: true }).catch(() => null);
      if (facts === null) {
        known.delete(path);
        return null;
      }
      const stamp = [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(':');
      const before = known.get(path);
      if (before?.stamp === stamp) return before.hash;
      const content = await readFile(path).catch(() => undefined);
      if (content === null) return null;
      if (content === undefined) return 'unreadable';
      const hash = sha256(content);
      // The kernel's clock has steps: a file of this moment may change once more without a new stamp.
      if (Date.now() - Number(facts.ctimeMs) > SETTLED_MS) known.set(path, { stamp, hash });
      else known.delete(path);
      return hash;
    },
  };
}
