import {
  AgentError,
  isOperation,
  parseArgs,
  type AgentErrorBody,
  type OperationName,
} from '@tenpanel/protocol';
import type { ActionLog } from '../logs/action-log.js';
import { redact } from '../logs/redact.js';
import type { AgentContext, CallContext } from '../operations/context.js';
import { handlers } from '../operations/handlers.js';

/** Asked often, and they change nothing (or only a customer's own log): they are logged only when they fail. */
const QUIET = new Set<OperationName>([
  'agent.info',
  'service.status',
  'slice.usage',
  'quota.usage',
  'package.status',
  'host.facts',
  'host.glob',
  'log.read',
  'config.read',
  'account.list',
  'tenant.append',
]);

export type Outcome = { ok: true; result: unknown } | { ok: false; error: AgentErrorBody };

/** Check one request, carry it out, and write down what became of it. Never rejects. */
export async function dispatch(
  op: unknown,
  args: unknown,
  agent: AgentContext,
  call: CallContext,
  log: ActionLog,
): Promise<Outcome> {
  const started = performance.now();
  try {
    if (!isOperation(op))
      throw new AgentError(
        'agent.unknownOperation',
        `There is no operation ${JSON.stringify(String(op).slice(0, 64))}.`,
      );
    const result = await perform(op, args, agent, call);
    if (!QUIET.has(op))
      log.write({ op, args: redact(op, args), outcome: 'ok', ms: Math.round(performance.now() - started) });
    return { ok: true, result };
  } catch (error) {
    const body = errorBody(error);
    const name = typeof op === 'string' ? op.slice(0, 64) : null;
    // Refused arguments are not repeated: they are whatever a hostile caller wanted to see in a log.
    const known = isOperation(op) && body.code !== 'agent.badRequest';
    log.write({
      op: name,
      ...(known ? { args: redact(op, args) } : {}),
      outcome: body.code,
      message: body.message.slice(0, 2000),
      ms: Math.round(performance.now() - started),
    });
    return { ok: false, error: body };
  }
}

async function perform<N extends OperationName>(
  op: N,
  args: unknown,
  agent: AgentContext,
  call: CallContext,
): Promise<unknown> {
  return await handlers[op](parseArgs(op, args), agent, call);
}

function errorBody(error: unknown): AgentErrorBody {
  if (error instanceof AgentError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
    };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  return {
    code: 'agent.io',
    message: message ?? String(error),
    ...(code === undefined ? {} : { details: { code } }),
  };
}
