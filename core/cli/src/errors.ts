import type { ExitCode } from './exit-codes.js';

/** An error whose message is meant for the person at the terminal. `hints` are further lines: what to do about it. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
    readonly hints: readonly string[] = [],
  ) {
    super(message);
    this.name = 'CliError';
  }
}
