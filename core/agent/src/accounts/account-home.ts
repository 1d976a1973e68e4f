import { chmod, chown, mkdir, rename } from 'node:fs/promises';
import { inside, openFolder } from '../files/open-folder.js';
import type { HostPaths } from '../files/host-paths.js';
import { mustRun } from '../process/must-run.js';
import { run } from '../process/run.js';

const SETFACL = ['/usr/bin/setfacl', '/bin/setfacl'];
/** Folders of a fresh home that belong to the customer, with their modes. Others are kept out by the home itself. */
const FOLDERS = { domains: 0o755, tmp: 0o700, '.trash': 0o700 } as const;
const GRAVEYARD = '/home/.removed';

/**
 * The home: root:<account> 0710, so that the customer can pass through but not change it, and an ACL that lets the
 * web server's user pass. Because the home itself is root's, nothing in it can be swapped by the customer while root
 * works on it.
 */
export async function ensureHome(
  account: string,
  uid: number,
  gid: number,
  webUser: string,
  installAcl: () => Promise<void>,
): Promise<void> {
  const parent = await openFolder('/home', { trusted: true });
  if (parent === null) throw new Error('/home is missing');
  await mkdir(inside(parent, account), { mode: 0o710 }).catch(ignoreExisting);
  await parent.close();
  const home = await openFolder(`/home/${account}`);
  if (home === null) throw new Error(`/home/${account} is missing`);
  try {
    const self = `/proc/self/fd/${home.fd}`;
    await chown(self, 0, gid);
    await chmod(self, 0o710);
    await allowWebUser(`/home/${account}`, webUser, installAcl);
    for (const [name, mode] of Object.entries(FOLDERS)) {
      const made = await mkdir(inside(home, name), { mode }).then(() => true, ignoreExisting);
      if (made !== true) continue;
      const folder = await openFolder(`/home/${account}/${name}`);
      if (folder === null) continue;
      await chown(`/proc/self/fd/${folder.fd}`, uid, gid);
      await chmod(`/proc/self/fd/${folder.fd}`, mode);
      await folder.close();
    }
  } finally {
    await home.close();
  }
}

async function allowWebUser(home: string, webUser: string, installAcl: () => Promise<void>): Promise<void> {
  const argv = ['--modify', `u:${webUser}:--x`, '--', home];
  const known = await run(['/usr/bin/id', '/bin/id'], ['-u', '--', webUser]);
  if (known.exitCode !== 0) return; // no web server yet; the next ensure comes after its installation
  await mustRun(SETFACL, argv).catch(async (error: { code?: string }) => {
    if (error.code !== 'agent.notFound') throw error;
    await installAcl();
    await mustRun(SETFACL, argv);
  });
}

/** Move the home where nobody but root can go. Returns its new place, or null when there was no home. */
export async function buryHome(account: string, now: number): Promise<string | null> {
  const parent = await openFolder('/home', { trusted: true });
  if (parent === null) return null;
  try {
    await mkdir(inside(parent, '.removed'), { mode: 0o700 }).catch(ignoreExisting);
    const graveyard = await openFolder(GRAVEYARD, { trusted: true });
    if (graveyard === null) return null;
    try {
      await chmod(`/proc/self/fd/${graveyard.fd}`, 0o700);
      const name = `${account}-${now}`;
      await rename(inside(parent, account), inside(graveyard, name));
      await chmod(inside(graveyard, name), 0o700);
      await chown(inside(graveyard, name), 0, 0);
      return `${GRAVEYARD}/${name}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    } finally {
      await graveyard.close();
    }
  } finally {
    await parent.close();
  }
}

/** Erase what was buried of the account. `rm` walks by descriptors and follows no symlink. */
export async function eraseGraves(
  account: string,
  paths: HostPaths,
  list: (path: string) => Promise<string[]>,
): Promise<void> {
  const graves = (await list(paths.at(GRAVEYARD))).filter(
    (name) => name.startsWith(`${account}-`) && /^\d+$/.test(name.slice(account.length + 1)),
  );
  if (graves.length === 0) return;
  await mustRun(
    ['/usr/bin/rm', '/bin/rm'],
    ['-rf', '--one-file-system', '--', ...graves.map((name) => paths.at(`${GRAVEYARD}/${name}`))],
    { timeout: 3600 },
  );
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
