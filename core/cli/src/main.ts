import { CommanderError } from 'commander';
import { createContext } from './create-context.js';
import { ExitCode } from './exit-codes.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

/** Run one command line; resolves with the exit status and never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  let code: number = ExitCode.ok;
  const context = createContext(stop.signal, (value) => {
    code = value;
  });
  const interrupt = () => {
    stop.abort();
    // A second Ctrl-C, or a command that does not listen, ends at once.
    setTimeout(() => process.exit(ExitCode.interrupted), 60_000).unref();
  };
  process.once('SIGINT', interrupt);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // "tenpanel vhosts list | head" closes the pipe: that is no error.
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
  });
  try {
    const program = await createProgram(context, argv);
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    return reportError(error, context.terminal, argv.includes('--json'));
  } finally {
    context.terminal.progress('');
    process.off('SIGINT', interrupt);
  }
}
