/** Commands of `tenpanel` that are no routes: a plugin's route of this name could not be reached from the command line. */
export const reservedNouns: ReadonlySet<string> = new Set([
  '__complete',
  'admin',
  'completion',
  'doctor',
  'drift',
  'help',
  'plan',
  'plugin',
  'safe-mode',
  'setup',
  'start',
  'status',
  'undo',
  'version',
]);
