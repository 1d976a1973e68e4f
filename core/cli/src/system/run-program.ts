import { execa } from 'execa';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

export interface ProgramResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  /** Seconds; default 60. */
  timeout?: number;
  input?: string;
  env?: Record<string, string>;
  signal?: AbortSignal;
}

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/root' };

/**
 * The one way in which the command runs a program: absolute path, argv without a shell, fixed environment, a deadline
 * and a cap on what is kept. Does not throw for an exit status other than 0.
 */
export async function runProgram(
  program: string,
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  if (!program.startsWith('/'))
    throw new CliError(`${program} is not an absolute path.`, ExitCode.unexpected);
  const child = execa(program, [...argv], {
    reject: false,
    extendEnv: false,
    env: { ...ENVIRONMENT, ...options.env },
    cwd: '/',
    timeout: (options.timeout ?? 60) * 1000,
    maxBuffer: 4 * 1024 * 1024,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  const done = await child;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    exitCode: done.exitCode ?? 127,
    stdout: text(done.stdout),
    stderr: text(done.stderr) || (done.failed ? (done.shortMessage ?? '') : ''),
  };
}

/** Like `runProgram`, but a failure ends the command with the program's own words. */
export async function mustRun(
  program: string,
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const result = await runProgram(program, argv, options);
  if (result.exitCode === 0) return result.stdout;
  const words = (result.stderr || result.stdout).trim().split('\n').slice(-12);
  throw new CliError(
    `${program} ${argv.slice(0, 3).join(' ')} ended with status ${result.exitCode}.`,
    ExitCode.unexpected,
    words,
  );
}
