import { readFileSync } from 'node:fs';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { findProgram } from '../system/find-program.js';
import { mustRun } from '../system/run-program.js';

export interface PanelUser {
  uid: number;
  gid: number;
}

export const panelUserName = 'tenpanel';

/** The system user of the web and worker processes; null when it is not there. */
export function readPanelUser(passwd = '/etc/passwd'): PanelUser | null {
  const line = readFileSync(passwd, 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${panelUserName}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
}

/** Make the system user once: no password, no shell, no home of its own. */
export async function ensurePanelUser(): Promise<PanelUser> {
  const existing = readPanelUser();
  if (existing) {
    if (existing.uid === 0)
      throw new CliError(
        `The user ${panelUserName} has uid 0. Remove it: the panel must not run as root.`,
        ExitCode.unexpected,
      );
    return existing;
  }
  const useradd = findProgram('useradd');
  if (!useradd)
    throw new CliError(
      'useradd is missing. Install the package "passwd" (Debian) or "shadow-utils" (RHEL).',
      ExitCode.unexpected,
    );
  const nologin = findProgram('nologin') ?? '/bin/false';
  await mustRun(useradd, [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/var/lib/tenpanel',
    '--shell',
    nologin,
    '--comment',
    '10panel',
    panelUserName,
  ]);
  const made = readPanelUser();
  if (!made) throw new CliError('useradd made no user "tenpanel".', ExitCode.unexpected);
  return made;
}
