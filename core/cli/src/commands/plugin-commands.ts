import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { runOffline } from '../offline/run-offline.js';
import { show } from '../output/show.js';
import { restartPanel } from '../start/restart-panel.js';
import { waitFor } from '../routes/wait-for.js';
import { apiCall } from './api-call.js';
import { approveDriver } from './approve-driver.js';
import { requireRoot } from './require-root.js';

interface Flags {
  json?: boolean;
  yes?: boolean;
  withDependants?: boolean;
  purge?: boolean;
}

const path = (id: string, verb = '') => `/api/plugins/${encodeURIComponent(id)}${verb}`;

/** `tenpanel plugin …`: the API's routes, with what only root on the server can do around them. */
export function addPlugin(program: Command, context: CliContext): void {
  const { terminal } = context;
  const plugin = program.command('plugin').description('plugins of this panel').helpCommand(false);
  const add = (name: string, description: string) =>
    plugin.command(name).description(description).option('--json', 'as JSON');

  add('list', 'all plugins with their state, and why one does not run').action(async (flags: Flags) => {
    show(await apiCall(context, 'GET', '/api/plugins'), terminal, flags.json ?? false);
  });
  add('show <id>', 'what a plugin may do, needs and says').action(async (id: string, flags: Flags) => {
    show(await apiCall(context, 'GET', path(id)), terminal, flags.json ?? false);
  });
  add('approve <id>', 'look at a plugin’s host driver and install it for the root agent')
    .option('--yes', 'do not ask')
    .action(async (id: string, flags: Flags) => {
      requireRoot(context);
      const changed = await approveDriver(context, id, flags.yes ?? false);
      const restarted = changed && (await restartPanel(context.layout));
      show(
        { plugin: id, driver: changed ? 'installed' : 'unchanged', restarted },
        terminal,
        flags.json ?? false,
      );
    });
  for (const verb of ['enable', 'install'] as const) {
    add(
      `${verb} <id>`,
      verb === 'enable'
        ? 'approve the driver, install what is missing, and run the plugin'
        : 'install the system packages of a plugin, and run it',
    )
      .option('--yes', 'do not ask')
      .action(async (id: string, flags: Flags) => {
        if (!context.env['TENPANEL_URL'] && (context.layout.preview || process.getuid?.() === 0))
          await approveDriver(context, id, flags.yes ?? false);
        const body = await apiCall(context, 'POST', path(id, `/${verb}`));
        await waitFor(
          { status: 202, headers: {}, body },
          { method: 'POST', path: path(id, `/${verb}`) },
          context,
        );
        show(body, terminal, flags.json ?? false);
      });
  }
  add('disable <id>', 'stop a plugin; its data stays. Works also when the web process does not')
    .option('--with-dependants', 'disable what needs it as well')
    .action(async (id: string, flags: Flags) => {
      show(await disable(context, id, flags.withDependants ?? false), terminal, flags.json ?? false);
    });
  add('uninstall <id>', 'take a plugin away and keep its data')
    .option('--purge', 'erase its data as well')
    .option('--yes', 'do not ask')
    .action(async (id: string, flags: Flags) => {
      if (
        !flags.yes &&
        !(await context.confirm(`Uninstall ${id}${flags.purge ? ' and erase its data' : ''}?`))
      ) {
        throw new CliError('Nothing was changed. Add --yes to do it without asking.', ExitCode.usage);
      }
      show(
        await apiCall(context, 'POST', path(id, '/uninstall'), {
          body: { data: flags.purge ? 'purge' : 'keep' },
        }),
        terminal,
        flags.json ?? false,
      );
    });
  add('add <path>', 'load a plugin from a folder of this server').action(
    async (folder: string, flags: Flags) => {
      show(
        await apiCall(context, 'POST', '/api/plugins', { body: { path: resolve(folder) } }),
        terminal,
        flags.json ?? false,
      );
    },
  );
}

async function disable(context: CliContext, id: string, withDependants: boolean): Promise<unknown> {
  try {
    return await apiCall(context, 'POST', path(id, '/disable'), { body: { withDependants } });
  } catch (error) {
    if (
      !(error instanceof CliError) ||
      error.exitCode !== ExitCode.unreachable ||
      context.env['TENPANEL_URL']
    )
      throw error;
  }
  requireRoot(context);
  const answer = await runOffline(context.layout, 'disable-plugin', { id, withDependants });
  return { ...answer, restarting: await restartPanel(context.layout) };
}
