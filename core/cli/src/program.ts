import { Command } from 'commander';
import { addLocalCommands } from './commands/local-commands.js';
import type { CliContext } from './context.js';
import { CliError } from './errors.js';
import { ExitCode } from './exit-codes.js';
import { commandsOf } from './routes/commands-of.js';
import { expandMapOptions } from './routes/expand-map-options.js';
import { registerRoutes } from './routes/register-routes.js';
import type { Terminal } from './output/terminal.js';
import type { RouteCommand } from './routes/route-command.js';
import { version } from './version.js';

/**
 * The whole command tree. The verbs of the API are asked from the panel only when the command line is not one that
 * works by itself, so that `start`, `doctor` and the like do not need a running panel.
 */
export async function createProgram(
  context: CliContext,
  argv: readonly string[],
): Promise<{ program: Command; argv: string[] }> {
  const program = new Command('tenpanel')
    .description('10panel: web hosting from the command line')
    .version(version(), '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(tenpanel --help lists the commands)')
    .helpCommand('help [command]');
  addLocalCommands(program, context);
  const words = argv.filter((word) => !word.startsWith('-'));
  const first = program.commands.find((c) => c.name() === words[0] || c.aliases().includes(words[0] ?? ''));
  const local = first !== undefined;
  const help = words.length === 0 || words[0] === 'help';
  const routes = local && !help ? [] : await addRoutes(program, context, help);
  settle(program, context.terminal);
  return { program, argv: expandMapOptions(argv, routes) };
}

async function addRoutes(program: Command, context: CliContext, onlyHelp: boolean): Promise<RouteCommand[]> {
  try {
    const commands = commandsOf(await context.documents.load());
    registerRoutes(program, commands, context);
    return commands;
  } catch (error) {
    if (!onlyHelp || !(error instanceof CliError) || error.exitCode !== ExitCode.unreachable) throw error;
    program.addHelpText(
      'after',
      `\nThe panel is not running, so only the commands that work without it are listed.`,
    );
    return [];
  }
}

/**
 * What commander does not hand on to commands that were made apart: it ends the process by itself unless every
 * command is told not to, and its notes on presets and defaults repeat what the descriptions say.
 */
function settle(command: Command, terminal: Terminal): void {
  command.exitOverride();
  command.configureHelp({
    sortSubcommands: true,
    helpWidth: Math.min(process.stdout.columns || 110, 120),
    optionDescription: (option) => option.description,
  });
  command.configureOutput({
    writeOut: (text) => terminal.out(text.trimEnd()),
    writeErr: (text) => terminal.note(text.trimEnd()),
  });
  for (const child of command.commands) settle(child, terminal);
}
