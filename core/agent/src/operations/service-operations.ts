import type { ServiceRef, ServiceStatus } from '@tenpanel/protocol';
import { resolveService, type ServiceTarget } from '../drivers/resolve.js';
import { reloadService } from '../services/reload-service.js';
import type { AgentContext } from './context.js';

/** Do something to a service that a driver names, then say how it is. */
export async function withService(
  ref: ServiceRef,
  agent: AgentContext,
  work: (target: ServiceTarget) => Promise<ServiceStatus | void>,
): Promise<ServiceStatus> {
  const target = resolveService(await agent.drivers.get(ref.driver), ref, agent.profile.family);
  return (await work(target)) ?? (await agent.services.status(target));
}

/** A service that does not run needs no reload: it reads its files when it starts. */
export async function reloadIfRunning(target: ServiceTarget, agent: AgentContext): Promise<void> {
  const { state } = await agent.services.status(target);
  if (agent.paths.simulated || (state !== 'running' && state !== 'starting')) return;
  await reloadService(target, agent.configContext.nextBatch(), agent.services);
}
