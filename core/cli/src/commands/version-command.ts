import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { show } from '../output/show.js';
import { version } from '../version.js';

export function addVersion(program: Command, { terminal, layout }: CliContext): void {
  program
    .command('version')
    .description('versions of the command and of the Node it runs on')
    .option('--json', 'as JSON')
    .action((flags: { json?: boolean }) => {
      show(
        { tenpanel: version(), node: process.versions.node, app: layout.app },
        terminal,
        flags.json ?? false,
      );
    });
}
