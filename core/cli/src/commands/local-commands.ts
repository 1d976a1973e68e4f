import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { addVersion } from './version-command.js';

/** Commands that are not one route of the API. */
export function addLocalCommands(program: Command, context: CliContext): void {
  addVersion(program, context);
}
