import { StringDecoder } from 'node:string_decoder';
import { AgentError } from '@tenpanel/protocol';
import { run } from '../process/run.js';
import { endGroup, startProgram } from '../process/start-program.js';
import type { SliceCommand } from './in-slice.js';

/** What one line of the process may hold: 16 MiB of a file in base64, or 10,000 entries of a folder. */
const MAX_LINE = 40 * 1024 * 1024;

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** One line of the process, checked for its shape; `result` is checked by who asked. */
export type Answer = { ok: true; result: unknown } | { ok: false; code: string; message: string };

/** A living process of one customer. Requests are lines of JSON on its input, answers lines on its output, by number. */
export interface TenantProcess {
  /** It takes no more requests. */
  readonly closed: boolean;
  /** Rejects with `agent.timeout` after `seconds` (the process is then ended), `agent.programFailed` when it ends or talks nonsense. */
  ask(request: object, seconds: number): Promise<Answer>;
  /** Let it finish what it does, then go. */
  retire(): void;
  /** At once. */
  kill(): void;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
}

export async function startTenantProcess(command: SliceCommand): Promise<TenantProcess> {
  const child = await startProgram(command.program, command.argv, { uid: command.uid, gid: command.gid });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let words = '';
  let closed = false;
  const fail = (error: Error): void => {
    closed = true;
    for (const each of waiting.values()) {
      clearTimeout(each.timer);
      each.reject(error);
    }
    waiting.clear();
  };
  const kill = (): void => {
    closed = true;
    endGroup(child);
    // What the service manager started is not in our group; a stopped process does not notice that its input ended.
    if (command.unit !== undefined)
      void run('/usr/bin/systemctl', ['kill', '--signal=SIGKILL', '--', command.unit]).catch(() => undefined);
  };
  const giveUp = (reason: string): void => {
    fail(new AgentError('agent.programFailed', `The customer's process was ended: ${reason}`));
    kill();
  };
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString('utf8')).slice(-500)));
  child.stdin.on('error', () => undefined); // told by 'close'
  child.stdout.on(
    'data',
    lines((line) => {
      const answer = line === null ? null : parse(line);
      const asked = answer === null ? undefined : waiting.get(answer.id);
      if (answer === null || asked === undefined)
        return giveUp('it answered with something that nobody had asked for.');
      waiting.delete(answer.id);
      clearTimeout(asked.timer);
      asked.resolve(answer.body);
    }),
  );
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      fail(new AgentError('agent.io', `The customer's process could not be started: ${error.message}`));
      resolve();
    });
    child.once('close', (code, signal) => {
      const how = signal ?? String(code);
      fail(
        new AgentError('agent.programFailed', `The customer's process has ended (${how}). ${words}`.trim()),
      );
      resolve();
    });
  });
  return {
    get closed() {
      return closed;
    },
    gone,
    ask: (request, seconds) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new AgentError('agent.programFailed', "The customer's process has just ended. Try again."));
          return;
        }
        const id = ++last;
        const timer = setTimeout(() => {
          fail(new AgentError('agent.timeout', `The customer's process took longer than ${seconds} s.`));
          kill();
        }, seconds * 1000);
        waiting.set(id, { resolve, reject, timer });
        child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      }),
    retire: () => void child.stdin.end(),
    kill,
  };
}

/** Whole lines of a stream; null once when one is too long. */
function lines(onLine: (line: string | null) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let size = 0;
  return (chunk) => {
    const pieces = decoder.write(chunk).split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      onLine(parts.join('') + piece);
      parts = [];
      size = 0;
    }
    parts.push(rest);
    size += rest.length;
    if (size <= MAX_LINE) return;
    parts = [];
    size = 0;
    onLine(null);
  };
}

function parse(line: string): { id: number; body: Answer } | null {
  try {
    const { id, ok, result, code, message, ...more } = JSON.parse(line) as Record<string, unknown>;
    if (typeof id !== 'number' || Object.keys(more).length > 0) return null;
    if (ok === true) return { id, body: { ok, result } };
    if (ok !== false || typeof code !== 'string' || typeof message !== 'string') return null;
    return { id, body: { ok, code, message } };
  } catch {
    return null;
  }
}
