import { lstat, readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PluginProblem } from './plugin-problem.js';

/**
 * A plugin's code runs with the rights of the panel, so nobody but root and the panel's own user may be able to change
 * it: not the files, not the folders they lie in, up to the root. A folder in a customer's home is refused by this.
 * @throws PluginProblem (blocked) naming the first path that others can change
 */
export async function refuseForeignFiles(dir: string): Promise<void> {
  const real = await realpath(dir);
  for (let path = real; ; path = dirname(path)) {
    await refuseForeign(path, path !== real);
    if (path === dirname(path)) break;
  }
  for (const entry of await readdir(real, { recursive: true, withFileTypes: true }))
    await refuseForeign(join(entry.parentPath, entry.name), false);
}

async function refuseForeign(path: string, above: boolean): Promise<void> {
  const facts = await lstat(path);
  const own = [0, process.getuid?.() ?? 0];
  const groups = [0, process.getgid?.() ?? 0];
  const linked = facts.isSymbolicLink();
  // In a sticky folder such as /tmp others can add, and neither rename nor replace what is there (man 7 inode).
  const sticky = above && (facts.mode & 0o1000) !== 0;
  const byOthers = (facts.mode & 0o002) !== 0 || ((facts.mode & 0o020) !== 0 && !groups.includes(facts.gid));
  if (own.includes(facts.uid) && (linked || sticky || !byOthers)) return;
  throw new PluginProblem(
    'blocked',
    `${path} can be changed by others than root and the panel. Put the plugin into a folder of root, such as /opt/plugins.`,
  );
}
