import { AgentError } from '@tenpanel/protocol';
import { endGroup, startProgram, type StartOptions } from './start-program.js';

export interface RunOptions extends StartOptions {
  /** Seconds until the whole process group is killed; default 30. */
  timeout?: number;
  /** Given on standard input, which is then closed. */
  stdin?: string;
  /** Bytes kept of stdout and of stderr each; default 1 MiB. The rest is read and thrown away. */
  maxOutput?: number;
  onLine?: (line: string) => void;
  /** Ends the program early; the call then rejects with `agent.timeout`. */
  signal?: AbortSignal | undefined;
  onSpawn?: (pid: number) => void;
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  truncated: boolean;
}

/**
 * Run a program to its end, with a deadline and a cap on what is kept of its output. Resolves with the exit code
 * whatever it is; rejects with `agent.notFound`, `agent.notAllowed`, `agent.timeout` or `agent.io`.
 */
export async function run(
  programs: string | readonly string[],
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const seconds = options.timeout ?? 30;
  const cap = options.maxOutput ?? 1024 * 1024;
  const child = await startProgram(programs, argv, options);
  const program = child.spawnfile;
  return await new Promise((resolve, reject) => {
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    let late = false;
    const end = (): void => {
      late = true;
      endGroup(child);
    };
    const timer = setTimeout(end, seconds * 1000);
    options.signal?.addEventListener('abort', end, { once: true });
    const stdout = collect(cap, options.onLine);
    const stderr = collect(cap, options.onLine);
    child.stdout.on('data', stdout.take);
    child.stderr.on('data', stderr.take);
    child.stdin.on('error', () => undefined); // a program that does not read its input is no fault
    child.stdin.end(options.stdin ?? '');
    const settle = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', end);
    };
    child.on('error', (error) => {
      settle();
      reject(new AgentError('agent.io', `${program} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      settle();
      if (late)
        return reject(
          new AgentError('agent.timeout', `${program} was ended after ${seconds} s.`, {
            stderr: stderr.text(),
          }),
        );
      resolve({
        exitCode: code ?? 128,
        stdout: stdout.text(),
        stderr: signal === null ? stderr.text() : `${stderr.text()}\nended by ${signal}`.trim(),
        truncated: stdout.truncated() || stderr.truncated(),
      });
    });
  });
}

function collect(cap: number, onLine: ((line: string) => void) | undefined) {
  const chunks: Buffer[] = [];
  let size = 0;
  let truncated = false;
  let rest = '';
  return {
    take(chunk: Buffer): void {
      if (onLine) {
        const lines = (rest + chunk.toString('utf8')).split('\n');
        rest = (lines.pop() ?? '').slice(-4096);
        for (const line of lines) onLine(line.slice(0, 4096));
      }
      const room = cap - size;
      if (chunk.length > room) truncated = true;
      if (room <= 0) return;
      chunks.push(chunk.subarray(0, room));
      size += Math.min(room, chunk.length);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
    truncated: () => truncated,
  };
}
