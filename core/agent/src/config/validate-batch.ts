import { AgentError } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { substitute } from '../drivers/substitute.js';
import { hostPaths } from '../files/host-paths.js';
import { run, type RunOptions, type RunResult } from '../process/run.js';
import { putInPlace, type FileWrite } from './file-write.js';
import { openSandbox } from './sandbox.js';

type Runner = (programs: string | string[], argv: string[], options: RunOptions) => Promise<RunResult>;

/**
 * Run the service's validators. Rejects with `agent.invalidConfig` and the validator's own words when one of them
 * ends with another exit code than 0.
 */
export async function runValidators(
  target: ServiceTarget,
  batch: number,
  runner: Runner = run,
): Promise<void> {
  const values = { ...target.values, generation: String(batch) };
  for (const call of target.spec.validators) {
    const argv = call.argv.map((each) => substitute(each, values));
    const result = await runner(call.program, argv, { timeout: call.timeout ?? 60, maxOutput: 64 * 1024 });
    if (result.exitCode === 0) continue;
    const words = [result.stderr.trim(), result.stdout.trim()]
      .filter((each) => each !== '')
      .join('\n')
      .slice(0, 8192);
    throw new AgentError(
      'agent.invalidConfig',
      words || `${argv.join(' ')} ended with ${result.exitCode} and said nothing.`,
      {
        validator: [call.program].flat()[0],
        exitCode: result.exitCode,
      },
    );
  }
}

/** Validate the whole tree as it would be with these writes, in a namespace where nobody else sees them. */
export async function validateStaged(
  target: ServiceTarget,
  batch: number,
  writes: FileWrite[],
  stage: string,
): Promise<void> {
  const sandbox = await openSandbox(stage);
  try {
    for (const folder of outermost(writes.map((write) => write.root.path))) await sandbox.cover(folder);
    await putInPlace(writes, hostPaths(null), sandbox.from);
    await runValidators(target, batch, sandbox.run);
  } finally {
    sandbox.close();
  }
}

/** Folders that lie in no other of the list. */
export function outermost(folders: readonly string[]): string[] {
  const all = [...new Set(folders)];
  return all.filter((each) => !all.some((other) => other !== each && each.startsWith(`${other}/`)));
}
