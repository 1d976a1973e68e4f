import { CliError } from './errors.js';
import { ExitCode } from './exit-codes.js';
import { plain } from './output/plain.js';
import type { Terminal } from './output/terminal.js';

/** Say what went wrong in plain words (or as JSON) on standard error, and give the exit status. */
export function reportError(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  const known = error instanceof CliError ? error : null;
  const message = plain(error instanceof Error ? error.message : String(error));
  const exitCode = known?.exitCode ?? ExitCode.unexpected;
  if (json) {
    terminal.note(JSON.stringify({ error: message, exitCode, hints: known?.hints ?? [] }));
    return exitCode;
  }
  terminal.note(`${terminal.noteStyle.red('✗')} ${message}`);
  for (const hint of known?.hints ?? []) terminal.note(`  ${plain(hint)}`);
  if (!known && process.env['TENPANEL_DEBUG'] && error instanceof Error) terminal.note(error.stack ?? '');
  return exitCode;
}
