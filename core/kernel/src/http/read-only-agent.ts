import type { OperationName } from '@tenpanel/protocol';
import { PanelError, type AgentCall } from '@tenpanel/sdk';

const LOOKING: ReadonlySet<OperationName> = new Set<OperationName>([
  'agent.info',
  'config.plan',
  'config.drift',
  'config.read',
  'service.status',
  'account.list',
  'slice.usage',
  'quota.usage',
  'tenant.read',
  'tenant.list',
  'package.status',
  'log.tail',
  'log.read',
  'host.glob',
  'host.facts',
]);

/** The agent as a dry run may use it: looking is allowed, changing the server is not. */
export function readOnlyAgent(agent: AgentCall): AgentCall {
  return (name, args, options) => {
    if (!LOOKING.has(name)) {
      throw new PanelError(
        'http.noPreview',
        409,
        'This action changes the server directly and cannot be shown before.',
      );
    }
    return agent(name, args, options);
  };
}
