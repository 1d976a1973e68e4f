import { CommanderError } from 'commander';
import type { CliContext } from './context.js';
import { ExitCode } from './exit-codes.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

/** Run one command line in a context; resolves with the exit status, 0 when the command set none. Never throws. */
export async function execute(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const built = await createProgram(context, argv);
    await built.program.parseAsync(built.argv, { from: 'user' });
    return ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    return reportError(error, context.terminal, argv.includes('--json'));
  } finally {
    context.terminal.progress('');
  }
}
