import type { AgentCall } from '@tenpanel/sdk';

/** What the plan's limits need. Without the first three the agent holds none; without io it holds the others. */
const NEEDED = ['memory', 'cpu', 'pids', 'io'];

export interface Support {
  supported: boolean;
  controllers: string[];
  missing: string[];
  reason: string | null;
}

/** Can this server hold limits? In words that say what to do. */
export async function cgroupSupport(agent: AgentCall): Promise<Support> {
  const { cgroup } = await agent('agent.info', {}, { timeoutSeconds: 5 });
  const { version, controllers } = cgroup;
  const missing = NEEDED.filter((name) => !controllers.includes(name));
  if (version !== 2 || cgroup.reason !== undefined || missing.some((name) => name !== 'io')) {
    const lack =
      version === 2
        ? `These cgroup v2 controllers are missing: ${missing.join(', ')}.`
        : 'This server does not use cgroup v2.';
    return { supported: false, controllers, missing, reason: cgroup.reason ?? lack };
  }
  if (missing.length === 0) return { supported: true, controllers, missing, reason: null };
  return {
    supported: true,
    controllers,
    missing,
    reason: 'The io controller is missing: reading from and writing to disk are not limited, all else is.',
  };
}
