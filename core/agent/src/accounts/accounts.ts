import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, type AccountInfo } from '@tenpanel/protocol';
import type { HostPaths } from '../files/host-paths.js';
import { readFile } from '../files/read-file.js';
import { readGroups, readUsers, type PasswdEntry } from '../files/users.js';
import { writeFile } from '../files/write-file.js';
import type { OsProfile } from '../os/profile.js';
import { mustRun } from '../process/must-run.js';
import { run } from '../process/run.js';
import { buryHome, ensureHome, eraseGraves } from './account-home.js';
import { accountEntry, homeOf, nextUid, uidRange } from './account-rules.js';
import { endProcesses } from './end-processes.js';

export interface Accounts {
  ensure(account: string, shell: boolean): Promise<AccountInfo>;
  lock(account: string, locked: boolean): Promise<AccountInfo>;
  remove(account: string, purge: boolean): Promise<{ removed: boolean }>;
  list(): Promise<AccountInfo[]>;
  /** The account's user; throws `agent.notFound` or `agent.notAllowed`. */
  get(account: string): Promise<AccountInfo>;
}

/** Accounts as Unix users. Calls are made one after the other: passwd is one file. */
export function accounts(options: {
  state: string;
  paths: HostPaths;
  profile: OsProfile;
  installAcl(): Promise<void>;
}): Accounts {
  const { state, paths, profile, installAcl } = options;
  const counter = join(state, 'last-uid');
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const info = async (user: PasswdEntry): Promise<AccountInfo> => ({
    account: user.name,
    uid: user.uid,
    gid: user.gid,
    home: user.home,
    locked: await isLocked(user.name),
    shell: user.shell === profile.shell,
  });

  const create = async (account: string, shell: boolean): Promise<void> => {
    const [users, groups] = [await readUsers(), await readGroups()];
    if (groups.has(account))
      throw new AgentError(
        'agent.notAllowed',
        `There is a group ${account} already that is not the panel's.`,
      );
    const given = Number((await readFile(counter))?.toString('utf8') ?? 0);
    const uid = nextUid(
      users,
      [...groups.values()].map((group) => group.gid),
      given,
    );
    await writeFile(counter, String(uid), { mode: 0o600 });
    await mustRun('/usr/sbin/groupadd', ['--gid', String(uid), '--', account]);
    const shellPath = shell ? profile.shell : profile.nologin;
    const argv = [
      '--uid',
      String(uid),
      '--gid',
      String(uid),
      '--home-dir',
      homeOf(account),
      '--no-create-home',
      '--shell',
      shellPath,
    ];
    await mustRun('/usr/sbin/useradd', [...argv, '--comment', '10panel account', '--', account]).catch(
      async (error: unknown) => {
        await run('/usr/sbin/groupdel', ['--', account]);
        throw error;
      },
    );
  };

  const get = async (account: string): Promise<PasswdEntry> => {
    const user = accountEntry(await readUsers(), account);
    if (!user) throw new AgentError('agent.notFound', `There is no account ${account} on this server.`);
    return user;
  };

  return {
    ensure: (account, shell) =>
      alone(async () => {
        const before = accountEntry(await readUsers(), account);
        if (!before) await create(account, shell);
        const user = await get(account);
        const wanted = shell ? profile.shell : profile.nologin;
        if (user.shell !== wanted) await mustRun('/usr/sbin/usermod', ['--shell', wanted, '--', account]);
        await ensureHome(account, user.uid, user.gid, profile.webUser, installAcl);
        return await info(await get(account));
      }),
    lock: (account, locked) =>
      alone(async () => {
        const user = await get(account);
        // An expired account is refused by PAM for keys, cron and su as well; a locked password alone is not enough.
        const argv = locked ? ['--lock', '--expiredate', '1'] : ['--unlock', '--expiredate', ''];
        const result = await run('/usr/sbin/usermod', [...argv, '--', account]);
        // usermod refuses to unlock an account that never had a password; the expiry is what counts then.
        if (result.exitCode !== 0)
          await mustRun('/usr/sbin/usermod', ['--expiredate', locked ? '1' : '', '--', account]);
        if (locked) await endProcesses(user.uid);
        return await info(user);
      }),
    remove: (account, purge) =>
      alone(async () => {
        const user = accountEntry(await readUsers(), account);
        if (user) {
          await mustRun('/usr/sbin/usermod', ['--expiredate', '1', '--', account]);
          await endProcesses(user.uid);
          await buryHome(account, Date.now());
          await mustRun('/usr/sbin/userdel', ['--', account]);
          if ((await readGroups()).get(account)?.gid === user.gid)
            await mustRun('/usr/sbin/groupdel', ['--', account]);
        }
        if (purge) await eraseGraves(account, paths, (path) => readdir(path).catch(() => []));
        return { removed: user !== undefined };
      }),
    async list() {
      const users = (await readUsers()).filter(
        (user) => user.uid >= uidRange.first && user.uid <= uidRange.last && user.home === homeOf(user.name),
      );
      return await Promise.all(users.map(info));
    },
    get: async (account) => await info(await get(account)),
  };
}

/** Expired in the past: the second-last field of shadow(5), in days since 1970. */
async function isLocked(account: string): Promise<boolean> {
  const shadow = (await readFile('/etc/shadow'))?.toString('utf8') ?? '';
  const fields =
    shadow
      .split('\n')
      .find((line) => line.startsWith(`${account}:`))
      ?.split(':') ?? [];
  const expires = fields[7] ?? '';
  return expires !== '' && Number(expires) * 86_400_000 < Date.now();
}
