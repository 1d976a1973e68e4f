import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { addAdmin } from './admin-commands.js';
import { addChanges } from './change-commands.js';
import { addCompletion } from './completion-command.js';
import { addDoctor } from './doctor-command.js';
import { addDrift } from './drift-command.js';
import { addPlugin } from './plugin-commands.js';
import { addSafeMode } from './safe-mode-command.js';
import { addSetup } from './setup-command.js';
import { addStart } from './start-command.js';
import { addStatus } from './status-command.js';
import { addVersion } from './version-command.js';

/** Commands that are not one route of the API. */
export function addLocalCommands(program: Command, context: CliContext): void {
  for (const add of [
    addStart,
    addSetup,
    addStatus,
    addDoctor,
    addChanges,
    addDrift,
    addPlugin,
    addAdmin,
    addSafeMode,
    addCompletion,
    addVersion,
  ])
    add(program, context);
}
