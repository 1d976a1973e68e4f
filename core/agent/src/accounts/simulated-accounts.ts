import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, type AccountInfo } from '@tenpanel/protocol';
import type { HostPaths } from '../files/host-paths.js';
import { readFile } from '../files/read-file.js';
import { writeFile } from '../files/write-file.js';
import type { Accounts } from './accounts.js';
import { homeOf, uidRange } from './account-rules.js';

/** Accounts of the simulated host: rows of one file and folders below its root, without any Unix user. */
export function simulatedAccounts(state: string, paths: HostPaths): Accounts {
  const path = join(state, 'simulated-accounts.json');
  const read = async (): Promise<Record<string, AccountInfo>> => {
    const bytes = await readFile(path);
    return bytes === null ? {} : (JSON.parse(bytes.toString('utf8')) as Record<string, AccountInfo>);
  };
  let last: Promise<unknown> = Promise.resolve();
  const change = <T>(work: (all: Record<string, AccountInfo>) => Promise<T>): Promise<T> => {
    const turn = last.then(async () => {
      const all = await read();
      const result = await work(all);
      await writeFile(path, JSON.stringify(all, null, 2), { mode: 0o600 });
      return result;
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  const existing = (all: Record<string, AccountInfo>, account: string): AccountInfo => {
    const found = all[account];
    if (!found) throw new AgentError('agent.notFound', `There is no account ${account} on this server.`);
    return found;
  };
  return {
    ensure: (account, shell) =>
      change(async (all) => {
        const uid =
          all[account]?.uid ??
          Math.max(uidRange.first - 1, ...Object.values(all).map((each) => each.uid)) + 1;
        for (const name of ['domains', 'tmp', '.trash'])
          await mkdir(paths.at(`${homeOf(account)}/${name}`), { recursive: true });
        const info = {
          account,
          uid,
          gid: uid,
          home: homeOf(account),
          locked: all[account]?.locked ?? false,
          shell,
        };
        all[account] = info;
        return info;
      }),
    lock: (account, locked) =>
      change((all) => {
        const info = { ...existing(all, account), locked };
        all[account] = info;
        return Promise.resolve(info);
      }),
    remove: (account, purge) =>
      change(async (all) => {
        const removed = Object.hasOwn(all, account);
        delete all[account];
        const grave = paths.at(`/home/.removed/${account}-${Date.now()}`);
        await mkdir(paths.at('/home/.removed'), { recursive: true, mode: 0o700 });
        await rename(paths.at(homeOf(account)), grave).catch(() => undefined);
        if (purge) await rm(grave, { recursive: true, force: true });
        return { removed };
      }),
    list: async () => Object.values(await read()),
    get: async (account) => existing(await read(), account),
  };
}
