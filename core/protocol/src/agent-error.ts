import type { AgentErrorBody } from './operations.js';

/** A failed operation: `code` is stable, `message` is plain words for an administrator, `details` is plain data. */
export class AgentError extends Error {
  readonly code: AgentErrorBody['code'];
  readonly details: Record<string, unknown> | undefined;

  constructor(code: AgentErrorBody['code'], message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'AgentError';
    this.code = code;
    this.details = details;
  }
}
