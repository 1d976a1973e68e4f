import { AgentError } from '@tenpanel/protocol';
import { run, type RunOptions } from './run.js';

/** `run`, but an exit code other than 0 rejects with `agent.programFailed` and the program's own words. Returns stdout. */
export async function mustRun(
  programs: string | readonly string[],
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(programs, argv, options);
  if (result.exitCode === 0) return result.stdout;
  const name = [programs].flat()[0] ?? '';
  const words = (result.stderr.trim() || result.stdout.trim()).slice(-2000);
  throw new AgentError('agent.programFailed', `${name} failed (exit code ${result.exitCode}): ${words}`, {
    exitCode: result.exitCode,
  });
}
