import { chmodSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { Layout } from '../layout/layout.js';
import type { PanelUser } from './panel-user.js';

interface Folder {
  path: string;
  mode: number;
  uid: number;
  gid: number;
}

/**
 * The folders of a panel. Root writes only into folders that nobody else can write; the panel's user may put its
 * sockets into the run folder, where the sticky bit keeps the agent's socket out of its reach.
 */
export function foldersOf(layout: Layout, user: PanelUser): Folder[] {
  const root = layout.preview ? user : { uid: 0, gid: 0 };
  return [
    { path: layout.etcDir, mode: 0o750, uid: root.uid, gid: user.gid },
    { path: layout.driversDir, mode: 0o755, ...root },
    { path: layout.stateDir, mode: 0o700, ...user },
    { path: layout.agentStateDir, mode: 0o700, ...root },
    { path: layout.runDir, mode: 0o1770, uid: root.uid, gid: user.gid },
    { path: layout.supervisorDir, mode: 0o700, ...root },
    { path: layout.logDir, mode: 0o750, uid: root.uid, gid: user.gid },
    { path: layout.cacheDir, mode: 0o700, ...root },
    ...(layout.hostRoot ? [{ path: layout.hostRoot, mode: 0o755, ...root }] : []),
  ];
}

/** Make the folders, and put owner and mode right where they are not. A link in a folder's place is refused. */
export function ensureFolders(layout: Layout, user: PanelUser): string[] {
  const changed: string[] = [];
  for (const folder of foldersOf(layout, user)) {
    mkdirSync(dirname(folder.path), { recursive: true, mode: 0o755 });
    mkdirSync(folder.path, { recursive: true, mode: folder.mode & 0o777 });
    const now = lstatSync(folder.path);
    if (!now.isDirectory())
      throw new CliError(`${folder.path} is not a folder. Move it away.`, ExitCode.unexpected);
    if (now.uid !== folder.uid || now.gid !== folder.gid) {
      lchownSync(folder.path, folder.uid, folder.gid);
      changed.push(folder.path);
    }
    if ((now.mode & 0o7777) !== folder.mode) {
      chmodSync(folder.path, folder.mode);
      changed.push(folder.path);
    }
  }
  return [...new Set(changed)];
}
