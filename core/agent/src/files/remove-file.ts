import { rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { inside, openFolder } from './open-folder.js';
import { syncFolder } from './write-file.js';

/** Remove a file, and the folders above it that have become empty, up to but not including `keep`. */
export async function removeFile(path: string, keep: string, from = ''): Promise<void> {
  const folder = await openFolder(dirname(path), { from });
  if (folder === null) return;
  try {
    await removeFrom(folder, basename(path));
    await syncFolder(folder);
  } finally {
    await folder.close();
  }
  await removeEmptyFolders(dirname(path), keep, from);
}

export async function removeFrom(folder: FileHandle, name: string): Promise<void> {
  await unlink(inside(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

export async function removeEmptyFolders(path: string, keep: string, from = ''): Promise<void> {
  for (let above = path; above.startsWith(`${keep}/`); above = dirname(above)) {
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
