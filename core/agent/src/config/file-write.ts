import { basename, dirname } from 'node:path';
import { AgentError, failpoint } from '@tenpanel/protocol';
import type { RootTarget } from '../drivers/resolve.js';
import type { HostPaths } from '../files/host-paths.js';
import { readFile } from '../files/read-file.js';
import { readGroups, readUsers } from '../files/users.js';
import { openFolder } from '../files/open-folder.js';
import { removeEmptyFolders, removeFrom } from '../files/remove-file.js';
import { syncFolder, writeInto } from '../files/write-file.js';
import { diskProblem } from './disk-problem.js';

/** One file that a batch puts into place (or removes), with everything settled. */
export interface FileWrite {
  root: RootTarget;
  absolute: string;
  content: Buffer | null;
  before: Buffer | null;
  mode: number;
  uid: number;
  gid: number;
}

/** Numeric owner of a root's files. In the simulated host, and for an agent without root, the agent's own. */
export async function ownerOf(
  root: Pick<RootTarget, 'owner' | 'group'>,
): Promise<{ uid: number; gid: number }> {
  if (process.geteuid?.() !== 0) return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  if (root.owner === 'root' && root.group === 'root') return { uid: 0, gid: 0 };
  const [users, groups] = await Promise.all([readUsers(), readGroups()]);
  const user = users.find((each) => each.name === root.owner);
  const group = groups.get(root.group);
  if (!user) throw new AgentError('agent.notFound', `There is no system user ${root.owner}.`);
  if (!group) throw new AgentError('agent.notFound', `There is no system group ${root.group}.`);
  return { uid: user.uid, gid: group.gid };
}

const AT_ONCE = 16;

/** Do the work for each, a few at a time; the first failure rejects after those under way have ended. */
export async function forEachLimited<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const results = await Promise.allSettled(items.slice(start, start + AT_ONCE).map(work));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

/**
 * Put the files into place, folder by folder: each folder is opened once and synced once. `from` is a sandbox's view
 * of the host, in which nothing needs to outlive a power cut.
 */
export async function putInPlace(
  writes: readonly FileWrite[],
  paths: HostPaths,
  from?: string,
): Promise<void> {
  const folders = Map.groupBy(writes, (write) => dirname(paths.at(write.absolute)));
  const walk = from === undefined ? {} : { from };
  for (const [path, group] of folders) {
    const removesOnly = group.every((write) => write.content === null);
    const folder = await openFolder(path, removesOnly ? walk : { ...walk, create: 0o755 });
    if (folder === null) continue;
    try {
      await forEachLimited(group, async ({ absolute, content, mode, uid, gid }) => {
        if (from === undefined) await failpoint('agent.config.file.before');
        if (content === null) await removeFrom(folder, basename(absolute));
        else
          await writeInto(folder, basename(absolute), content, {
            mode,
            uid,
            gid,
            scratch: from !== undefined,
          });
        if (from === undefined) await failpoint('agent.config.file.after');
      });
      if (from === undefined) await syncFolder(folder);
    } catch (error) {
      throw diskProblem(error, path);
    } finally {
      await folder.close();
    }
    const removed = group.find((write) => write.content === null);
    if (removed) await removeEmptyFolders(path, paths.at(removed.root.path), from);
  }
}

/** Have every file as it was. Touches only what is different, and removes before it writes: a full disk has no room. */
export async function putBack(writes: readonly FileWrite[], paths: HostPaths): Promise<void> {
  const changed: FileWrite[] = [];
  await forEachLimited(writes, async (write) => {
    const current = await readFile(paths.at(write.absolute));
    const same = write.before === null ? current === null : current?.equals(write.before) === true;
    if (!same) changed.push({ ...write, content: write.before });
  });
  await putInPlace(
    changed.filter(({ content }) => content === null),
    paths,
  );
  await putInPlace(
    changed.filter(({ content }) => content !== null),
    paths,
  );
}
