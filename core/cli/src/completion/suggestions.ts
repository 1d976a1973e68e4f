import type { Command } from 'commander';

/** What may stand in the place of the last word: commands, options, or the values that an option allows. */
export function suggestions(program: Command, words: readonly string[]): string[] {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  let command = program;
  for (const word of before) {
    if (word.startsWith('-')) continue;
    const child = command.commands.find((c) => c.name() === word || c.aliases().includes(word));
    if (child) command = child;
  }
  const previous = before.at(-1);
  const pending = command.options.find((option) => option.long === previous && option.required);
  if (pending) return starting(pending.argChoices ?? valuesIn(pending.description), last);
  if (last.startsWith('-')) {
    const longs = command.options.filter((option) => !option.hidden).flatMap((option) => option.long ?? []);
    return starting([...longs, '--help'], last);
  }
  const children = command.commands.filter((c) => !c.name().startsWith('__')).map((c) => c.name());
  const choices = command.registeredArguments[before.length - depthOf(command)]?.argChoices ?? [];
  return starting([...children, ...choices], last);
}

/** Options from the API say their values in the help text: "one of php, static". */
function valuesIn(description: string): string[] {
  return /one of ([^;]+)/.exec(description)?.[1]?.split(', ') ?? [];
}

function depthOf(command: Command): number {
  return command.parent ? depthOf(command.parent) + 1 : 0;
}

function starting(words: readonly string[], prefix: string): string[] {
  return [...new Set(words)].filter((word) => word.startsWith(prefix)).sort();
}
