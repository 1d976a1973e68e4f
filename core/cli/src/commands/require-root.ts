import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

/** For commands that work on this server itself. A preview belongs to whoever runs it. */
export function requireRoot({ layout, env }: CliContext): void {
  if (env['TENPANEL_URL'])
    throw new CliError('This command works on the server itself, not over TENPANEL_URL.', ExitCode.usage);
  if (!layout.preview && process.getuid?.() !== 0)
    throw new CliError('Run this command as root.', ExitCode.refused);
}
