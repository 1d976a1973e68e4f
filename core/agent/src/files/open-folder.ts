import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { AgentError } from '@tenpanel/protocol';

// Linux's O_PATH, which Node does not name: walking needs only search permission, not read permission.
const O_PATH = 0o10000000;
const WALK = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The path of `name` inside an open folder; the kernel resolves it from the descriptor, never again from the top. */
export function inside(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

export interface OpenFolderOptions {
  /** Make missing folders with this mode. */
  create?: number;
  /** Refuse folders that others than root (or the agent's user) can write to, unless they are sticky. */
  trusted?: boolean;
  /** Where `/` is: `/proc/<pid>/root` walks inside that process's mount namespace. */
  from?: string;
}

/**
 * Open a folder one segment at a time without ever following a symlink. Null when it is missing and not to be made.
 * The caller closes the handle. Throws `agent.notAllowed` for a symlink or an untrusted folder in the way.
 */
export async function openFolder(path: string, options: OpenFolderOptions = {}): Promise<FileHandle | null> {
  let folder = await open(`${options.from ?? ''}/`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const segment of path.split('/').filter((part) => part !== '')) {
      const next = await openSegment(folder, segment, path, options.create);
      await folder.close();
      if (next === null) return null;
      folder = next;
      if (options.trusted === true) await assertTrusted(folder, path);
    }
    return folder;
  } catch (error) {
    await folder.close().catch(() => undefined);
    throw error;
  }
}

async function openSegment(
  folder: FileHandle,
  segment: string,
  path: string,
  create: number | undefined,
): Promise<FileHandle | null> {
  if (segment === '.' || segment === '..')
    throw new AgentError('agent.notAllowed', `${path} is no plain path.`);
  const there = inside(folder, segment);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return await open(there, WALK);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOTDIR' || code === 'ELOOP') {
        throw new AgentError(
          'agent.notAllowed',
          `${path}: ${segment} is a symbolic link or no folder, so it is not followed.`,
        );
      }
      if (code !== 'ENOENT')
        throw new AgentError('agent.io', `${path} could not be opened (${code ?? 'unknown reason'}).`);
    }
    if (create === undefined) return null;
    await mkdir(there, { mode: create }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST')
        throw new AgentError('agent.io', `${path} could not be made (${error.code ?? 'unknown reason'}).`);
    });
  }
  return null;
}

async function assertTrusted(folder: FileHandle, path: string): Promise<void> {
  const facts = await folder.stat();
  const ours = facts.uid === 0 || facts.uid === process.geteuid?.();
  const writable = (facts.mode & 0o022) !== 0 && (facts.mode & 0o1000) === 0;
  if (!ours || writable)
    throw new AgentError('agent.notAllowed', `${path} lies in a folder that others than root can change.`);
}
