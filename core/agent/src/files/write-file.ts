import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AgentError } from '@tenpanel/protocol';
import { inside, openFolder, type OpenFolderOptions } from './open-folder.js';

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
  const walk: OpenFolderOptions = { create: options.folderMode ?? 0o755 };
  if (options.from !== undefined) walk.from = options.from;
  const folder = await openFolder(dirname(path), walk);
  if (folder === null) throw new AgentError('agent.io', `${path} could not be written.`);
  try {
    await writeInto(folder, basename(path), content, options);
    await syncFolder(folder);
  } finally {
    await folder.close();
  }
}

/** `writeFile` for a folder that is open already; the caller syncs the folder once it is done with it. */
export async function writeInto(
  folder: FileHandle,
  name: string,
  content: string | Buffer,
  options: WriteOptions & { scratch?: boolean },
): Promise<void> {
  const temporary = inside(folder, `.${name.slice(0, 200)}.${randomBytes(6).toString('hex')}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  try {
    const file = await open(temporary, flags, 0o600);
    try {
      await file.writeFile(content);
      if (options.uid !== undefined || options.gid !== undefined) {
        await file.chown(options.uid ?? 0, options.gid ?? 0);
      }
      await file.chmod(options.mode);
      if (options.scratch !== true) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, inside(folder, name));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** The descriptor is O_PATH, which cannot be synced: open the same folder for reading. */
export async function syncFolder(folder: FileHandle): Promise<void> {
  const readable = await open(`/proc/self/fd/${folder.fd}`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await readable.sync();
  } finally {
    await readable.close();
  }
}
