import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { findProgram } from './program.js';

export interface StartOptions {
  cwd?: string | undefined;
  /** Added to the fixed environment. */
  env?: Record<string, string> | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
}

const FIXED_ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', HOME: '/' };

/**
 * The only place where the agent starts a program: absolute path, argv, no shell, fixed environment, a process group
 * of its own (`endGroup` ends what it has started as well). Rejects with `agent.notFound` or `agent.notAllowed`.
 */
export async function startProgram(
  programs: string | readonly string[],
  argv: readonly string[],
  options: StartOptions = {},
): Promise<ChildProcessWithoutNullStreams> {
  const program = await findProgram(programs);
  return spawn(program, [...argv], {
    cwd: options.cwd ?? '/',
    env: { ...FIXED_ENV, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
}

/** SIGKILL to a program of `startProgram` and to what it has started. */
export function endGroup(child: { pid?: number | undefined }): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}
