import type { OperationName } from '@tenpanel/protocol';
import type { Actor, AgentCall } from '@tenpanel/sdk';
import type { AuditLog, Database } from '../contracts.js';
import { words } from '../plugins/words.js';

/** Operations that only look; they leave no audit row. */
export const lookingOperations: ReadonlySet<OperationName> = new Set<OperationName>([
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

export interface AuditedAgentParts {
  agent: AgentCall;
  db: Pick<Database, 'aside'>;
  audit: AuditLog;
  actor: Actor;
  requestId?: string | undefined;
}

/**
 * A call that changes the server leaves two audit rows of its own: the intent is committed before the agent acts, the
 * outcome after. They are not part of the caller's transaction, because the server does not roll back with it.
 * Arguments are not recorded: they may hold secrets.
 */
export function auditedAgent({ agent, db, audit, actor, requestId }: AuditedAgentParts): AgentCall {
  const write = (
    name: string,
    object: string | undefined,
    outcome: 'intent' | 'ok' | 'failed',
    summary?: string,
  ) =>
    db.aside((em) =>
      audit.write(em, { actor, action: `agent ${name}`, object, outcome, summary, requestId }),
    );
  return async (name, args, options) => {
    if (lookingOperations.has(name)) return agent(name, args, options);
    const object = objectOf(args as Record<string, unknown>);
    await write(name, object, 'intent');
    try {
      const result = await agent(name, args, options);
      await write(name, object, 'ok');
      return result;
    } catch (error) {
      await write(name, object, 'failed', words(error));
      throw error;
    }
  };
}

function objectOf(args: Record<string, unknown>): string | undefined {
  const { resource, account, driver, service, command } = args;
  const parts =
    resource !== undefined
      ? [resource]
      : account !== undefined
        ? ['account', account]
        : [driver, service ?? command];
  const known = parts.filter((part): part is string => typeof part === 'string');
  return known.length > 0 ? known.join('/') : undefined;
}
