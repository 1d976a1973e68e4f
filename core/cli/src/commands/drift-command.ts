import { Option, type Command } from 'commander';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { colouredDiff } from '../output/diff.js';
import { show } from '../output/show.js';
import { apiCall } from './api-call.js';

interface DriftedFile {
  id: number;
  absolute: string;
  resource: string;
  state: string;
  foundAt: string;
  keptAt: string | null;
  keptBy: string | null;
}
interface Flags {
  json?: boolean;
  diff?: true | string;
  keep?: string;
  restore?: string;
}

/** Files of the panel that somebody has changed by hand: list, look, keep, put back. */
export function addDrift(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('drift')
    .description(
      'files of the panel that somebody has changed by hand; the exit status is 9 when there are any that are not kept',
    )
    .addOption(new Option('--diff [file]', 'show what was changed, in this file or in all'))
    .addOption(
      new Option('--keep <file>', 'leave this file as it stands; later changes of the panel do not reach it'),
    )
    .addOption(
      new Option(
        '--restore <file>',
        'put back what the panel writes; what stands in the file now is lost',
      ).conflicts('keep'),
    )
    .option('--json', 'as JSON')
    .action(async (flags: Flags) => {
      const { items } = await apiCall<{ items: DriftedFile[] }>(context, 'POST', '/api/drift');
      const find = (name: string): DriftedFile => {
        const found = items.find(({ absolute, resource }) => absolute === name || resource === name);
        if (found) return found;
        throw new CliError(`${name} is not among the files that were changed by hand.`, ExitCode.notFound, [
          'List them with: tenpanel drift',
        ]);
      };
      if (flags.keep !== undefined) {
        const file = find(flags.keep);
        await apiCall(context, 'POST', `/api/drift/${file.id}/keep`);
        terminal.note(`${file.absolute} stays as it is, until "tenpanel drift --restore ${file.absolute}".`);
        return;
      }
      if (flags.restore !== undefined) {
        const file = find(flags.restore);
        await apiCall(context, 'POST', `/api/drift/${file.id}/restore`);
        terminal.note(`${file.absolute} is put back.`);
        return;
      }
      if (flags.diff !== undefined) {
        const chosen = flags.diff === true ? items : [find(flags.diff)];
        for (const { id } of chosen) {
          const { diff } = await apiCall<{ diff: string }>(context, 'GET', `/api/drift/${id}`);
          terminal.out(colouredDiff(diff.trimEnd(), terminal.style));
        }
        return;
      }
      show(items, terminal, flags.json ?? false);
      if (items.some(({ keptAt }) => keptAt === null)) context.setExitCode(ExitCode.unhealthy);
    });
}
