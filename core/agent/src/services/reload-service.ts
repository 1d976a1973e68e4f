import { AgentError } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { substitute } from '../drivers/substitute.js';
import { mustRun } from '../process/must-run.js';
import type { ServiceManager } from './service-manager.js';

/** Make a running service take its new configuration, the way its driver says. Rejects with `agent.serviceFailed`. */
export async function reloadService(
  target: ServiceTarget,
  generation: number,
  services: ServiceManager,
): Promise<void> {
  const reload = target.spec.reload;
  const values = { ...target.values, generation: String(generation) };
  try {
    if (reload.kind === 'restart') return await services.restart(target);
    if (reload.kind === 'service') return await services.reload(target);
    if (reload.kind === 'signal') return await services.signal(target, reload.signal.replace(/^SIG/, ''));
    for (const call of reload.calls) {
      await mustRun(
        call.program,
        call.argv.map((each) => substitute(each, values)),
        { timeout: call.timeout ?? 30 },
      );
    }
  } catch (error) {
    throw new AgentError(
      'agent.serviceFailed',
      `The service could not be reloaded. ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
