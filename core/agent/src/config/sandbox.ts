import { readlink, mkdir } from 'node:fs/promises';
import { AgentError } from '@tenpanel/protocol';
import { findProgram } from '../process/program.js';
import { mustRun } from '../process/must-run.js';
import { run, type RunOptions, type RunResult } from '../process/run.js';

const UNSHARE = ['/usr/bin/unshare', '/bin/unshare'];
const NSENTER = ['/usr/bin/nsenter', '/bin/nsenter'];
const MOUNT = ['/usr/bin/mount', '/bin/mount'];
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];
const SLEEP = ['/usr/bin/sleep', '/bin/sleep'];

/** A private mount namespace in which folders of the host can be changed without the host seeing it. */
export interface Sandbox {
  /** `from` for the functions in `files/`: the host as this namespace sees it. */
  from: string;
  /** From now on writes below `folder` stay in the namespace. */
  cover(folder: string): Promise<void>;
  run(programs: string | string[], argv: string[], options: RunOptions): Promise<RunResult>;
  close(): void;
}

/**
 * Open a private mount namespace. It lives as long as a sleeping process that holds it; with that process go all its
 * mounts. `stage` is an empty folder of the agent, covered by a tmpfs inside. Throws when the kernel or the container
 * does not allow it.
 */
export async function openSandbox(stage: string): Promise<Sandbox> {
  await mkdir(stage, { recursive: true, mode: 0o700 });
  const abort = new AbortController();
  const pid = await startHolder(abort.signal);
  const enter = [`--mount=/proc/${pid}/ns/mnt`, '--'];
  const from = `/proc/${pid}/root`;
  const inNamespace = async (programs: string[], argv: string[]): Promise<void> => {
    await mustRun(NSENTER, [...enter, await findProgram(programs), ...argv]);
  };
  let covered = 0;
  const close = (): void => abort.abort();
  try {
    await inNamespace(MOUNT, ['-t', 'tmpfs', '-o', 'mode=0700', 'tenpanel-stage', stage]);
  } catch (error) {
    close();
    throw error;
  }
  return {
    from,
    close,
    async cover(folder) {
      const own = `${stage}/${covered++}`;
      for (const part of ['upper', 'work', 'copy']) await mkdir(`${from}${own}/${part}`, { recursive: true });
      const layers = `lowerdir=${folder},upperdir=${own}/upper,workdir=${own}/work`;
      const plain = /^[A-Za-z0-9._/@+-]+$/.test(`${folder}${own}`);
      try {
        if (!plain) throw new Error('signs that mean something to overlayfs');
        await inNamespace(MOUNT, ['-t', 'overlay', '-o', layers, 'tenpanel-stage', folder]);
      } catch {
        // No overlayfs here (or not on this file system): a whole copy does the same, only slower.
        await inNamespace(['/usr/bin/cp', '/bin/cp'], ['-a', '--', `${folder}/.`, `${own}/copy`]);
        await inNamespace(MOUNT, ['--bind', `${own}/copy`, folder]);
      }
    },
    async run(programs, argv, options) {
      return await run(NSENTER, [...enter, await findProgram(programs), ...argv], options);
    },
  };
}

/** Start the process that holds the namespace, and wait until `unshare` has become `sleep`. */
async function startHolder(signal: AbortSignal): Promise<number> {
  const sleep = await findProgram(SLEEP);
  // Goes with the agent even when that is killed; only where the program is missing it outlives it, for an hour.
  const guard = await findProgram(SETPRIV).then(
    (setpriv) => [setpriv, '--pdeathsig', 'KILL', '--'],
    () => [],
  );
  let started: ((pid: number) => void) | undefined;
  const pidKnown = new Promise<number>((resolve) => (started = resolve));
  let failure: string | null = null;
  const ended = run(UNSHARE, ['--mount', '--propagation', 'private', '--', ...guard, sleep, '3600'], {
    timeout: 3700,
    signal,
    onSpawn: (pid) => started?.(pid),
  }).then(
    (result) => (failure = result.stderr.trim() || 'unshare ended'),
    (error: Error) => (failure = error.message),
  );
  const pid = await Promise.race([pidKnown, ended.then(() => 0)]);
  const ours = await readlink('/proc/self/ns/mnt');
  for (let waited = 0; failure === null && waited < 5_000; waited += 2) {
    const [program, namespace] = await Promise.all([
      readlink(`/proc/${pid}/exe`),
      readlink(`/proc/${pid}/ns/mnt`),
    ]).catch(() => ['', ours]);
    if (namespace !== ours && program !== undefined && !program.endsWith('/unshare')) return pid;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new AgentError(
    'agent.unavailable',
    `A private mount namespace is not possible here: ${failure ?? 'it did not come up'}`,
  );
}
