import { createContext } from './create-context.js';
import { execute } from './execute.js';
import { ExitCode } from './exit-codes.js';

/** Run one command line on the process's own terminal; resolves with the exit status and never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  let asked: number = ExitCode.ok;
  const context = createContext(stop.signal, (value) => {
    asked = value;
  });
  let interrupts = 0;
  const interrupt = () => {
    interrupts += 1;
    stop.abort();
    // A second Ctrl-C ends a command that does not listen.
    if (interrupts > 1) process.exit(ExitCode.interrupted);
  };
  process.on('SIGINT', interrupt);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // "tenpanel vhosts list | head" closes the pipe: that is no error.
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
  });
  const code = await execute(argv, context);
  process.off('SIGINT', interrupt);
  return code === ExitCode.ok ? asked : code;
}
