import { AgentError } from '../agent-error.js';

/** Returns the value as `T`, or throws `AgentError('agent.badRequest')` that names `path`. */
export type Check<T> = (value: unknown, path: string) => T;

/** Refuse the value at `path`; the reason is shown to people. */
export function refuse(path: string, reason: string): never {
  throw new AgentError('agent.badRequest', `${path} ${reason}`, { path });
}
