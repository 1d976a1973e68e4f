import { Argument, Command, Option } from 'commander';
import type { CliContext } from '../context.js';
import { kebab } from './field-options.js';
import { needsConsent } from './needs-consent.js';
import type { FieldOption, RouteCommand } from './route-command.js';
import { runRoute, type RouteFlags } from './run-route.js';

/** Add `tenpanel <noun> <verb>` for every route. A command that the program already has is left as it is. */
export function registerRoutes(
  program: Command,
  commands: readonly RouteCommand[],
  context: CliContext,
): void {
  for (const command of commands) {
    const noun = program.commands.find((c) => c.name() === command.noun) ?? addNoun(program, command.noun);
    if (noun.commands.some((c) => c.name() === command.verb)) continue;
    noun.addCommand(routeCommand(command, context));
    noun.description(
      noun.commands
        .map((verb) => verb.name())
        .sort()
        .join(', '),
    );
  }
}

function addNoun(program: Command, name: string): Command {
  const noun = new Command(name).showHelpAfterError('(--help lists what there is)');
  noun.helpCommand(false);
  program.addCommand(noun);
  return noun;
}

function routeCommand(route: RouteCommand, context: CliContext): Command {
  const typed = new Map<FieldOption, string[]>();
  const command = new Command(route.verb)
    .summary(route.summary)
    .description([route.summary, route.description].filter(Boolean).join('\n\n'));
  for (const argument of route.args) {
    const name = argument.lookup ? `${kebab(argument.name)}-or-name` : kebab(argument.name);
    command.addArgument(new Argument(`<${name}>`, argument.description));
  }
  const required = route.options.filter((field) => field.required);
  for (const field of [...required, ...route.options.filter((one) => !one.required)])
    addField(command, field, typed);
  const words = [
    ...route.args.map(({ name, lookup }) => `<${kebab(name)}${lookup ? '-or-name' : ''}>`),
    ...required.map((field) => `--${field.flag} <${placeholderOf(field)}>`),
  ];
  command.usage([...words, '[options]'].join(' '));
  if (route.hasBody)
    command.option('--json-body <json>', 'the whole body as JSON, @file, or - for standard input');
  if (route.previewable)
    command.option('--dry-run', 'show what would change on the server, and change nothing');
  if (route.method !== 'get')
    command
      .addOption(new Option('--wait', 'wait until the change is done (the default)').default(true).hideHelp())
      .option('--no-wait', 'answer at once instead of waiting until the change is done');
  if (route.paged) command.option('--all', 'all pages');
  if (needsConsent(route)) command.option('--yes', 'do not ask');
  command.option('--json', 'the answer as JSON');
  command.action(async (...parts: unknown[]) => {
    const flags = command.opts<RouteFlags>();
    await runRoute(
      route,
      { args: parts.slice(0, route.args.length).map(String), options: typed, jsonBody: flags.jsonBody },
      flags,
      context,
    );
  });
  return command;
}

/** Each option keeps its own values: names from a document never become keys of commander's objects. */
function addField(command: Command, field: FieldOption, typed: Map<FieldOption, string[]>): void {
  const collect = (value: string) => {
    const many = field.list || field.kind === 'map';
    typed.set(field, many ? [...(typed.get(field) ?? []), value] : [value]);
    return value;
  };
  const placeholder = placeholderOf(field);
  const description = (field.required ? '(required) ' : '') + field.description;
  if (field.kind === 'boolean' && !field.list) {
    const option = new Option(`--${field.flag} [boolean]`, description);
    command.addOption(option.preset('true').argParser(collect));
    return;
  }
  command.addOption(new Option(`--${field.flag} <${placeholder}>`, description).argParser(collect));
  if (
    field.lookup &&
    field.flag.endsWith('-id') &&
    !command.options.some((o) => o.long === `--${field.flag.slice(0, -3)}`)
  ) {
    command.addOption(
      new Option(`--${field.flag.slice(0, -3)} <id or name>`, `same as --${field.flag}`)
        .argParser(collect)
        .hideHelp(),
    );
  }
}

function placeholderOf(field: FieldOption): string {
  if (field.lookup) return 'id or name';
  if (field.kind === 'map') return 'key=value';
  return field.kind === 'scalar' ? 'value' : field.kind;
}
