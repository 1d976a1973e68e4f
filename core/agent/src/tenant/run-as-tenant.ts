import { fileURLToPath } from 'node:url';
import { AgentError, type AccountInfo } from '@tenpanel/protocol';
import type { HostPaths } from '../files/host-paths.js';
import { run, type RunOptions, type RunResult } from '../process/run.js';

/** How a program is started inside the customer's cgroup; decided once by the kind of service manager. */
export type StartInSlice = (
  account: string,
  program: string,
  argv: string[],
  options: RunOptions & { as?: { uid: number; gid: number } },
) => Promise<RunResult>;

/** Started by the service manager of the host, inside the slice from its first instruction on. */
export const systemdSlice: StartInSlice = async (account, program, argv, options) => {
  const unit = [
    '--pipe',
    '--wait',
    '--collect',
    '--quiet',
    '--service-type=exec',
    `--slice=tenpanel-${account}.slice`,
  ];
  const limits = [
    '--property=NoNewPrivileges=yes',
    `--property=RuntimeMaxSec=${(options.timeout ?? 30) + 5}`,
    '--property=UMask=0022',
  ];
  const { as, ...rest } = options;
  const identity = as === undefined ? [] : [`--uid=${as.uid}`, `--gid=${as.gid}`];
  return await run('/usr/bin/systemd-run', [...unit, ...limits, ...identity, '--', program, ...argv], rest);
};

/** Started by the agent itself: where there is no systemd there are no slices either. */
export const plainStart: StartInSlice = (_account, program, argv, { as, ...options }) =>
  run(program, argv, { ...options, ...as });

export interface TenantRequest {
  op: 'mkdir' | 'write' | 'read' | 'list' | 'remove' | 'rename';
  path: string;
  [field: string]: string | string[] | number | boolean | undefined;
}

const CODES: Record<string, [AgentError['code'], string]> = {
  ENOENT: ['agent.notFound', 'it does not exist'],
  ENOTDIR: ['agent.notAllowed', 'a part of it is a symbolic link or no folder'],
  ELOOP: ['agent.notAllowed', 'it is a symbolic link'],
  ENOTFILE: ['agent.notAllowed', 'it is no regular file'],
  EACCES: ['agent.notAllowed', 'the account may not'],
  EPERM: ['agent.notAllowed', 'the account may not'],
  EEXIST: ['agent.notAllowed', 'it exists already'],
  ENOTEMPTY: ['agent.notAllowed', 'the folder is not empty'],
  EDQUOT: ['agent.io', 'the account’s disk space is used up'],
  ENOSPC: ['agent.io', 'the disk is full'],
};

/** Let a child process that has become the customer do one thing in the customer's home. */
export async function runAsTenant<T>(
  info: AccountInfo,
  request: TenantRequest,
  context: { paths: HostPaths; start: StartInSlice },
): Promise<T> {
  // From sources (tests) the child is TypeScript, which Node runs as it is: the file uses no syntax that needs a build.
  const script = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './tenant-child.ts' : './tenant-child.js', import.meta.url),
  );
  const argv = ['--no-warnings', script, String(info.uid), String(info.gid), context.paths.at(info.home)];
  const result = await context.start(info.account, process.execPath, argv, {
    stdin: JSON.stringify(request),
    timeout: request.op === 'remove' ? 620 : 60,
    maxOutput: 40 * 1024 * 1024,
  });
  if (result.exitCode !== 0 || result.stdout === '') {
    throw new AgentError(
      'agent.programFailed',
      `The customer's process failed (${result.exitCode}): ${result.stderr.slice(-500)}`,
    );
  }
  const answer = JSON.parse(result.stdout) as
    { ok: true; result: T } | { ok: false; code: string; message: string };
  if (answer.ok) return answer.result;
  const known = CODES[answer.code];
  if (known) throw new AgentError(known[0], `${request.path}: ${known[1]}.`);
  throw new AgentError('agent.io', `${request.path}: ${answer.message.slice(0, 500)}`);
}
