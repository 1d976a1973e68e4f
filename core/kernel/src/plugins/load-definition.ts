import { pathToFileURL } from 'node:url';
import type { Dependencies, PluginDefinition } from '@tenpanel/sdk';
import { timeLimit } from '../hooks/time-limit.js';
import type { Candidate } from './candidate.js';
import { PluginProblem } from './plugin-problem.js';
import { words } from './words.js';

const IMPORT_LIMIT_MS = 10_000;

export type Definition = PluginDefinition<Dependencies>;

/** Run the plugin's module. Throws `PluginProblem` (failed) when it throws, hangs or exports something else. */
export async function loadDefinition(candidate: Candidate): Promise<Definition> {
  const url = pathToFileURL(candidate.entry).href;
  let module: { default?: unknown };
  try {
    module = await timeLimit(
      import(/* @vite-ignore */ url) as Promise<{ default?: unknown }>,
      IMPORT_LIMIT_MS,
      () => new Error('it took longer than 10 seconds'),
    );
  } catch (error) {
    throw new PluginProblem('failed', `Its code could not be loaded: ${words(error)}`);
  }
  const definition = module.default as Partial<Definition> | undefined;
  if (
    typeof definition !== 'object' ||
    definition === null ||
    typeof definition.setup !== 'function' ||
    typeof definition.id !== 'string'
  ) {
    throw new PluginProblem(
      'failed',
      'Its module has no default export made by definePlugin({ id, setup }).',
    );
  }
  return definition as Definition;
}
