import { Argument, type Command } from 'commander';
import { completionScript } from '../completion/completion-script.js';
import { suggestions } from '../completion/suggestions.js';
import type { CliContext } from '../context.js';
import { commandsOf } from '../routes/commands-of.js';
import { registerRoutes } from '../routes/register-routes.js';

export function addCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('a completion script for your shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') => context.terminal.out(completionScript(shell)));
  program
    .command('__complete', { hidden: true })
    .description('what may follow these words; called by the completion script')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (words: string[]) => {
      const document = await context.documents.loadForCompletion().catch(() => null);
      if (document) registerRoutes(program, commandsOf(document), context);
      const found = suggestions(program, words);
      if (found.length > 0) context.terminal.out(found.join('\n'));
    });
}
