import { createRequire } from 'node:module';
import type pgModule from 'pg';

// The object mapper brings a copy of the driver of its own.
const require = createRequire(import.meta.resolve('@mikro-orm/postgresql'));
const { Client } = require('pg') as typeof pgModule;

export interface Statement {
  text: string;
  /** Rows that it answered or changed. */
  rows: number;
}

export interface StatementWatch {
  /** Everything since the last call. */
  take(): Statement[];
  stop(): void;
}

/** Notes every statement that the object mapper of this process sends to PostgreSQL. */
export function watchStatements(): StatementWatch {
  let seen: Statement[] = [];
  const original = Client.prototype.query as (...args: unknown[]) => unknown;
  Client.prototype.query = function (this: unknown, ...args: unknown[]) {
    const [first] = args;
    const text = typeof first === 'string' ? first : ((first as { text?: string } | undefined)?.text ?? '');
    const answer = Reflect.apply(original, this, args);
    if (answer instanceof Promise) {
      answer.then(
        ({ rowCount }: { rowCount?: number | null }) => void seen.push({ text, rows: rowCount ?? 0 }),
        () => undefined,
      );
    }
    return answer;
  } as typeof Client.prototype.query;
  return {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    stop() {
      Client.prototype.query = original as typeof Client.prototype.query;
    },
  };
}
