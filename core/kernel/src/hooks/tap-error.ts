import { PanelError } from '@tenpanel/sdk';

/** What a failing tap does to the caller: a `PanelError` (a veto) passes as it is, everything else is told with the plugin's name. */
export function tapError(error: unknown, plugin: string, hook: string): PanelError {
  if (error instanceof PanelError || isPanelError(error)) return error;
  return new PanelError(
    'hook.failed',
    500,
    `The plugin ${plugin} failed while it took part in ${hook}. Its log says why.`,
    { plugin, hook },
  );
}

// A plugin loaded by path may bring its own copy of the SDK, whose classes are not ours.
function isPanelError(error: unknown): error is PanelError {
  return (
    error instanceof Error &&
    typeof (error as Partial<PanelError>).code === 'string' &&
    typeof (error as Partial<PanelError>).status === 'number' &&
    typeof (error as Partial<PanelError>).params === 'object'
  );
}
