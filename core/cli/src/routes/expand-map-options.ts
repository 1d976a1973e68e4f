import type { RouteCommand } from './route-command.js';

/** `--limits.memory 512M` is the comfortable way to write `--limits memory=512M`. */
export function expandMapOptions(argv: readonly string[], commands: readonly RouteCommand[]): string[] {
  const [noun, verb] = argv.filter((word) => !word.startsWith('-'));
  const command = commands.find((one) => one.noun === noun && one.verb === verb);
  const maps = command?.options.filter(({ kind }) => kind === 'map') ?? [];
  const known = new Set(command?.options.map(({ flag }) => flag));
  const out: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    const [name = '', ...rest] = word.split('=');
    const map = maps.find(({ flag }) => name.startsWith(`--${flag}.`) && !known.has(name.slice(2)));
    const key = map
      ? name.slice(map.flag.length + 3).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
      : '';
    if (!map || key === '') out.push(word);
    else if (rest.length > 0) out.push(`--${map.flag}`, `${key}=${rest.join('=')}`);
    else out.push(`--${map.flag}`, `${key}=${argv[(i += 1)] ?? ''}`);
  }
  return out;
}
