import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AgentError } from '@tenpanel/protocol';
import { inside, openFolder } from './open-folder.js';

export interface WriteOptions {
  mode: number;
  uid?: number;
  gid?: number;
  /** Mode of folders that have to be made on the way; default 0755. */
  folderMode?: number;
  /** As in `openFolder`. */
  from?: string;
}

/**
 * Put a file into place so that a reader, or a machine that loses power, sees either the old or the new content:
 * temporary file, fsync, rename, fsync of the folder. No symlink is followed in the path's folders, and a symlink
 * at the path itself is replaced, not written through.
 */
export async function writeFile(
  path: string,
  content: string | Buffer,
  options: WriteOptions,
): Promise<void> {
  const folder = await openFolder(dirname(path), {
    create: options.folderMode ?? 0o755,
    ...(options.from === undefined ? {} : { from: options.from }),
  });
  if (folder === null) throw new AgentError('agent.io', `${path} could not be written.`);
  const temporary = inside(folder, `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await file.writeFile(content);
      if (options.uid !== undefined || options.gid !== undefined)
        await file.chown(options.uid ?? 0, options.gid ?? 0);
      await file.chmod(options.mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, inside(folder, basename(path)));
    await syncFolder(folder);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await folder.close();
  }
}

/** Remove a file, and the folders above it that have become empty, up to but not including `keep`. */
export async function removeFile(path: string, keep: string, from = ''): Promise<void> {
  const folder = await openFolder(dirname(path), { from });
  if (folder === null) return;
  try {
    await unlink(inside(folder, basename(path))).catch(ignoreMissing);
    await syncFolder(folder);
  } finally {
    await folder.close();
  }
  for (let above = dirname(path); above.startsWith(`${keep}/`); above = dirname(above)) {
    const parent = await openFolder(dirname(above), { from });
    if (parent === null) return;
    const emptied = await rmdir(inside(parent, basename(above))).then(
      () => true,
      () => false,
    );
    await parent.close();
    if (!emptied) return;
  }
}

/** The descriptor is O_PATH, which cannot be synced: open the same folder for reading. */
async function syncFolder(folder: FileHandle): Promise<void> {
  const readable = await open(`/proc/self/fd/${folder.fd}`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await readable.sync();
  } finally {
    await readable.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
