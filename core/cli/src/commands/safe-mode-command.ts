import { Argument, type Command } from 'commander';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { show } from '../output/show.js';
import { readConfigFile, writeConfigFile } from '../setup/config-file.js';
import { readPanelUser } from '../setup/panel-user.js';
import { restartPanel } from '../start/restart-panel.js';
import { requireRoot } from './require-root.js';

/** Works without the web process: the switch is in the configuration file. */
export function addSafeMode(program: Command, context: CliContext): void {
  program
    .command('safe-mode')
    .description('run with essential plugins only; sites keep being served')
    .addArgument(new Argument('<state>', 'on, off or status').choices(['on', 'off', 'status']))
    .option('--json', 'as JSON')
    .action(async (state: 'on' | 'off' | 'status', flags: { json?: boolean }) => {
      requireRoot(context);
      const { layout, terminal } = context;
      const config = readConfigFile(layout);
      if (!config)
        throw new CliError('The panel is not set up yet. Run "tenpanel setup".', ExitCode.unreachable);
      if (state === 'status') return show({ safeMode: config.safeMode }, terminal, flags.json ?? false);
      const user = layout.preview
        ? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
        : readPanelUser();
      if (!user)
        throw new CliError(
          'The system user "tenpanel" is missing. Run "tenpanel setup".',
          ExitCode.unexpected,
        );
      const safeMode = state === 'on';
      const changed = writeConfigFile(
        layout,
        user,
        { ownerUrl: config.ownerDatabaseUrl, appUrl: config.databaseUrl },
        { safeMode },
      );
      const restarted = changed && (await restartPanel(layout));
      show({ safeMode, changed, restarted }, terminal, flags.json ?? false);
    });
}
