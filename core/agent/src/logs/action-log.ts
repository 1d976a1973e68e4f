import { mkdirSync, openSync, writeSync, closeSync, constants } from 'node:fs';
import { dirname } from 'node:path';

export interface ActionLog {
  write(entry: Record<string, unknown>): void;
  /** After logrotate has moved the file. */
  reopen(): void;
  close(): void;
}

/** The agent's own log: append-only, one JSON object a line, in the order of what happened. */
export function openActionLog(path: string): ActionLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  const open = (): number =>
    openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o640);
  let file = open();
  return {
    write(entry) {
      writeSync(file, `${safeJson({ at: new Date().toISOString(), ...entry })}\n`);
    },
    reopen() {
      closeSync(file);
      file = open();
    },
    close: () => closeSync(file),
  };
}

/** JSON leaves DEL and the C1 range as they are; a terminal that shows the log might obey them. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
