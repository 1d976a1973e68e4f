import type { AgentCall } from '@tenpanel/sdk';

const NEEDED = ['cpu', 'io', 'memory', 'pids'];

export interface Support {
  supported: boolean;
  controllers: string[];
  missing: string[];
  reason: string | null;
}

/** Can this server hold limits? In words that say what to do. */
export async function cgroupSupport(agent: AgentCall): Promise<Support> {
  const { cgroup } = await agent('agent.info', {}, { timeoutSeconds: 5 });
  const missing = NEEDED.filter((name) => !cgroup.controllers.includes(name));
  if (cgroup.version !== 2) {
    return {
      supported: false,
      controllers: cgroup.controllers,
      missing,
      reason: cgroup.reason ?? 'This server does not use cgroup v2.',
    };
  }
  if (missing.length > 0) {
    return {
      supported: false,
      controllers: cgroup.controllers,
      missing,
      reason: cgroup.reason ?? `These cgroup v2 controllers are missing: ${missing.join(', ')}.`,
    };
  }
  return { supported: true, controllers: cgroup.controllers, missing: [], reason: null };
}
