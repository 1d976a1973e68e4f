import { createConnection, type Socket } from 'node:net';
import { AgentError } from './agent-error.js';
import { frameReader } from './frames.js';
import type { AgentErrorBody, OperationArgs, OperationName, OperationResult } from './operations.js';

export interface CallOptions {
  /** Ends the operation on the agent's side as well, where it can be ended. */
  signal?: AbortSignal;
  /** Progress lines of streaming operations. */
  onEvent?: (event: unknown) => void;
  /** Default 120. Reaching it rejects with `agent.timeout`. */
  timeoutSeconds?: number;
}

export interface AgentConnection {
  /** Rejects with an AgentError: the agent's own, or `agent.unavailable` / `agent.timeout`. */
  call<N extends OperationName>(
    name: N,
    args: OperationArgs<N>,
    options?: CallOptions,
  ): Promise<OperationResult<N>>;
  /** Close for good; calls under way reject. */
  close(): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onEvent: ((event: unknown) => void) | undefined;
}

interface Answer {
  id?: unknown;
  ok?: boolean;
  result?: unknown;
  event?: unknown;
  error?: AgentErrorBody;
}

/** How long a call waits for an agent that is starting, before it says `agent.unavailable`. */
const CONNECT_PATIENCE_MS = 5_000;

/**
 * A connection to the root agent that many calls share. It is opened by the first call and opened again by the
 * next call after it was lost; calls under way at that moment reject with `agent.unavailable` and are not repeated,
 * because only the caller knows whether that is safe.
 */
export function connectAgent(socketPath: string): AgentConnection {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let closed = false;
  let opening: Promise<Socket> | null = null;

  const lost = (reason: string): void => {
    opening = null;
    const waiting = [...pending.values()];
    pending.clear();
    for (const each of waiting) each.reject(new AgentError('agent.unavailable', reason));
  };

  const receive = (line: string): void => {
    const answer = JSON.parse(line) as Answer;
    const call = typeof answer.id === 'number' ? pending.get(answer.id) : undefined;
    if (!call || typeof answer.id !== 'number') return;
    if ('event' in answer) return call.onEvent?.(answer.event);
    pending.delete(answer.id);
    if (answer.ok === true) return call.resolve(answer.result);
    const error = answer.error ?? { code: 'agent.io' as const, message: 'The agent gave no reason.' };
    call.reject(new AgentError(error.code, error.message, error.details));
  };

  const openOnce = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = createConnection(socketPath);
      const read = frameReader(receive, () => socket.destroy());
      socket.once('connect', () => resolve(socket));
      socket.on('data', (chunk) => read(chunk));
      socket.on('error', reject);
      socket.once('close', () => {
        reject(new Error('closed'));
        if (opening) lost('The root agent closed the connection.');
      });
    });

  const openPatiently = async (): Promise<Socket> => {
    const deadline = Date.now() + CONNECT_PATIENCE_MS;
    for (;;) {
      try {
        return await openOnce();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (closed || Date.now() > deadline || reason.includes('EACCES')) {
          throw new AgentError(
            'agent.unavailable',
            `The root agent does not answer on ${socketPath} (${reason}). Is it running?`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };

  const open = (): Promise<Socket> => {
    if (closed)
      return Promise.reject(
        new AgentError('agent.unavailable', 'The connection to the root agent is closed.'),
      );
    if (opening) return opening;
    const attempt = openPatiently();
    opening = attempt;
    attempt.catch(() => {
      if (opening === attempt) opening = null;
    });
    return attempt;
  };

  return {
    async call(name, args, options = {}) {
      options.signal?.throwIfAborted();
      const socket = await open();
      const id = nextId++;
      return await new Promise((resolve, reject) => {
        const seconds = options.timeoutSeconds ?? 120;
        const giveUp = (error: Error): void => {
          if (!pending.delete(id)) return;
          socket.write(`${JSON.stringify({ id, cancel: true })}\n`);
          settle();
          reject(error);
        };
        const onAbort = (): void => giveUp(new AgentError('agent.timeout', `${name} was cancelled.`));
        const timer = setTimeout(
          () => giveUp(new AgentError('agent.timeout', `${name} took longer than ${seconds} s.`)),
          seconds * 1000,
        );
        const settle = (): void => {
          clearTimeout(timer);
          options.signal?.removeEventListener('abort', onAbort);
        };
        options.signal?.addEventListener('abort', onAbort, { once: true });
        pending.set(id, {
          onEvent: options.onEvent,
          resolve: (result) => {
            settle();
            resolve(result as OperationResult<typeof name>);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        });
        socket.write(`${JSON.stringify({ id, op: name, args })}\n`);
      });
    },
    close() {
      closed = true;
      const current = opening;
      lost('The connection to the root agent was closed.');
      current?.then((socket) => socket.destroy()).catch(() => undefined);
    },
  };
}
