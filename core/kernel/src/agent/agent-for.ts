import { PanelError, type AgentCall } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { gateAgent } from '../plugins/gate-agent.js';

/**
 * The root agent as `owner` may call it: the kernel without limits, a plugin as its manifest says. A plugin that has
 * once asked for more gets nothing any more until the next start.
 */
export function createAgentFor(
  agent: AgentCall,
  registry: Pick<Registry, 'plugins'>,
  onBreach: (pluginId: string, reason: string) => void,
): (owner: string) => AgentCall {
  const calls = new Map<string, AgentCall>();
  const stopped = new Set<string>();
  return (owner) => {
    if (owner === 'kernel') return agent;
    const known = calls.get(owner);
    if (known) return known;
    const manifest = registry.plugins.get(owner)?.manifest;
    if (!manifest) throw new Error(`There is no plugin ${owner}.`);
    const gated = gateAgent(agent, manifest, (reason) => {
      stopped.add(owner);
      onBreach(owner, reason);
    });
    const call: AgentCall = async (name, args, options) => {
      if (stopped.has(owner))
        throw new PanelError('plugin.stopped', 503, `The plugin ${owner} was stopped. Its page says why.`, {
          plugin: owner,
        });
      return gated(name, args, options);
    };
    calls.set(owner, call);
    return call;
  };
}
