import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { commandActor } from './command-actor.js';
import type { OfflineActs } from './offline-acts.js';

type Act = OfflineActs['disable-plugin'];

/** The same as the API's route, for a panel whose web process does not come up. */
export async function disablePlugin(kernel: RunningKernel, input: Act['input']): Promise<Act['answer']> {
  return kernel.db.transaction('/', async (em) => {
    const disabled = await kernel.plugins.disable(em, input.id, input.withDependants);
    await kernel.audit.write(em, {
      actor: commandActor,
      action: 'plugin disable',
      object: `plugin/${input.id}`,
      outcome: 'ok',
      details: { disabled },
    });
    return { disabled };
  });
}
