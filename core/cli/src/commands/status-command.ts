import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { show } from '../output/show.js';
import { waitUntil } from '../start/wait-until.js';

const seconds = (text: string): number => {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Write seconds, for example 60.');
  return Number(text);
};

export function addStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('does the panel answer, and what does it say about itself')
    .option('--wait <seconds>', 'wait until it is well', seconds)
    .option('--json', 'as JSON')
    .action(async (flags: { wait?: number; json?: boolean }) => {
      let health: unknown = null;
      let trouble: unknown = null;
      const well = await waitUntil(
        async () => {
          try {
            const answer = await context.client.request({ method: 'GET', path: '/healthz', timeoutMs: 5000 });
            health = answer.body;
            trouble = null;
            return answer.status === 200;
          } catch (error) {
            trouble = error;
            return false;
          }
        },
        flags.wait ?? 0,
        context.signal,
      );
      if (trouble) throw trouble;
      show(health ?? { status: 'ok' }, context.terminal, flags.json ?? false);
      if (!well)
        throw new CliError('The panel answers, but it is not well.', ExitCode.unhealthy, [
          '"tenpanel doctor" tells more.',
        ]);
    });
}
