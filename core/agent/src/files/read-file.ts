import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname, basename } from 'node:path';
import { AgentError } from '@tenpanel/protocol';
import { inside, openFolder } from './open-folder.js';

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Open a regular file without following a symlink anywhere in its path; null when it is not there. The caller closes it. */
export async function openFile(path: string): Promise<FileHandle | null> {
  const folder = await openFolder(dirname(path));
  if (folder === null) return null;
  try {
    const file = await open(inside(folder, basename(path)), FLAGS);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new AgentError('agent.notAllowed', `${path} is no regular file.`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP')
      throw new AgentError('agent.notAllowed', `${path} is a symbolic link, so it is not followed.`);
    throw error;
  } finally {
    await folder.close();
  }
}

/** The content of a regular file of at most `maxBytes` (default 8 MiB), or null when it is not there. */
export async function readFile(path: string, maxBytes = 8 * 1024 * 1024): Promise<Buffer | null> {
  const file = await openFile(path);
  if (file === null) return null;
  try {
    const facts = await file.stat();
    if (facts.size > maxBytes) throw new AgentError('agent.io', `${path} is larger than ${maxBytes} bytes.`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
