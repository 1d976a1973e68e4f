import { AgentError } from './agent-error.js';
import { driverCheck } from './driver-checks.js';
import { checkDriverRules } from './driver-rules.js';
import type { Driver } from './driver.js';
import { operationChecks } from './operation-checks.js';
import type { OperationArgs, OperationName } from './operations.js';

/** Every operation of the agent, in the order of the contract. */
export const operationNames = Object.keys(operationChecks) as readonly OperationName[];

export function isOperation(op: unknown): op is OperationName {
  return typeof op === 'string' && Object.hasOwn(operationChecks, op);
}

/**
 * The arguments of `op` as their type says, or an AgentError: `agent.unknownOperation`, or `agent.badRequest`
 * that names the field. Unknown keys and control characters (but in file contents) are refused.
 */
export function parseArgs<N extends OperationName>(op: N, value: unknown): OperationArgs<N> {
  if (!isOperation(op))
    throw new AgentError(
      'agent.unknownOperation',
      `There is no operation ${JSON.stringify(String(op).slice(0, 64))}.`,
    );
  return operationChecks[op](value, 'args') as OperationArgs<N>;
}

/** A driver file's content, or AgentError `agent.badRequest` that names the field. */
export function parseDriver(value: unknown): Driver {
  const driver = driverCheck(value, 'driver');
  checkDriverRules(driver);
  return driver;
}
