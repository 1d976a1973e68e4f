import type { AgentInfo } from '@tenpanel/protocol';
import type { AgentContext } from './context.js';

export const agentVersion = '0.1.0';

export async function info(agent: AgentContext): Promise<AgentInfo> {
  const drivers = await agent.drivers.all();
  return {
    version: agentVersion,
    os: agent.os,
    webUser: agent.profile.webUser,
    services: agent.services.kind,
    cgroup: agent.cgroup,
    simulated: agent.paths.simulated,
    drivers: drivers.map(({ driver, sha256 }) => ({ id: driver.id, version: driver.version, sha256 })),
  };
}
