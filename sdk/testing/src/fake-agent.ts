import type { AgentErrorBody, Driver, OperationArgs, OperationName } from '@tenpanel/protocol';
import { AgentError } from '@tenpanel/protocol/agent-error';
import { parseArgs, parseDriver } from '@tenpanel/protocol/validate';
import type { AgentCall } from '@tenpanel/sdk';
import { accountHandlers } from './fake-accounts.js';
import { configHandlers } from './fake-config.js';
import { hostHandlers } from './fake-host.js';
import { serviceHandlers } from './fake-services.js';
import { emptyState, type FakeFile, type FakeState, type Handlers } from './fake-state.js';
import { tenantHandlers } from './fake-tenants.js';

export interface RecordedCall {
  operation: OperationName;
  args: Record<string, unknown>;
  /** Code of the error it ended with, null when it went well. */
  error: string | null;
}

interface Failure {
  operation: OperationName;
  when: (args: Record<string, unknown>) => boolean;
  error: AgentErrorBody;
  times: number;
}

/**
 * The root agent in memory, for tests: every operation of the protocol, with the real validators, against a host that
 * is only maps. It refuses what the real one refuses (an unknown driver, root, path, argument; drift; a stale
 * generation), records every call, and fails on demand.
 *
 * @example
 * panel.agent.fail('config.apply', { code: 'agent.invalidConfig', message: 'unknown directive' }, { times: 1 });
 */
export class FakeAgent {
  readonly state: FakeState = emptyState();
  readonly calls: RecordedCall[] = [];
  readonly #handlers: Handlers;
  #failures: Failure[] = [];

  constructor() {
    this.#handlers = {
      ...configHandlers(this.state),
      ...serviceHandlers(this.state),
      ...accountHandlers(this.state),
      ...tenantHandlers(this.state),
      ...hostHandlers(this.state),
    };
  }

  /** What root does with `tenpanel plugin approve`. */
  installDriver(value: unknown, sha256 = 'f'.repeat(64)): Driver {
    const driver = parseDriver(value);
    this.state.drivers.set(driver.id, { driver, sha256 });
    return driver;
  }

  /** The next `times` calls (default all) of `operation` fail, where `when` says yes. */
  fail(
    operation: OperationName,
    error: AgentErrorBody,
    options: { times?: number; when?: (args: Record<string, unknown>) => boolean } = {},
  ): void {
    this.#failures.push({
      operation,
      error,
      times: options.times ?? Number.POSITIVE_INFINITY,
      when: options.when ?? (() => true),
    });
  }

  /** Forget all failures. */
  recover(): void {
    this.#failures = [];
  }

  /** A generated file as it is on the fake disk now. */
  file(absolute: string): string | null {
    return this.state.files.get(absolute)?.content ?? null;
  }

  /** Files of one resource, such as `vhost/1`. */
  filesOf(resource: string): FakeFile[] {
    return [...this.state.files.values()].filter((file) => file.resource === resource);
  }

  /** Somebody edits (or with null: removes) a generated file by hand. */
  edit(absolute: string, content: string | null): void {
    const file = this.state.files.get(absolute);
    if (!file) throw new Error(`The agent has written no file ${absolute}.`);
    file.content = content;
  }

  callsOf<N extends OperationName>(operation: N): OperationArgs<N>[] {
    return this.calls
      .filter((call) => call.operation === operation)
      .map((call) => call.args as OperationArgs<N>);
  }

  readonly call: AgentCall = async (name, args, options) => {
    options?.signal?.throwIfAborted();
    // Over the wire it would be JSON; a value that does not survive that must not work here.
    const sent = JSON.parse(JSON.stringify(args)) as Record<string, unknown>;
    const record: RecordedCall = { operation: name, args: sent, error: null };
    this.calls.push(record);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const parsed = parseArgs(name, sent);
      this.#maybeFail(name, sent);
      const result = await this.#handlers[name](parsed, options?.onEvent ?? (() => undefined));
      return structuredClone(result);
    } catch (error) {
      record.error = error instanceof AgentError ? error.code : 'agent.io';
      throw error;
    }
  };

  #maybeFail(name: OperationName, args: Record<string, unknown>): void {
    const failure = this.#failures.find((one) => one.operation === name && one.times > 0 && one.when(args));
    if (!failure) return;
    failure.times -= 1;
    throw new AgentError(failure.error.code, failure.error.message, failure.error.details);
  }
}
