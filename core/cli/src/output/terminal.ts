import { styleFor, type Style } from './style.js';

/** Where a command writes. Results go to `out`, everything about them (progress, warnings) to `note`. */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
  /** One line that replaces itself on a terminal; printed once per change elsewhere. Empty clears it. */
  progress(text: string): void;
  readonly style: Style;
  readonly noteStyle: Style;
  readonly interactive: boolean;
  /** Progress replaces itself: fast output of other programs may be shown there. */
  readonly live: boolean;
  /** Characters a line may have; null when the output is not a terminal and must not be cut. */
  readonly width: number | null;
}

export function processTerminal(): Terminal {
  const live = process.stderr.isTTY === true;
  let last = '';
  const clear = () => {
    if (live && last !== '') process.stderr.write('\r\u001b[2K');
    last = '';
  };
  return {
    out(text) {
      clear();
      process.stdout.write(`${text}\n`);
    },
    note(text) {
      clear();
      process.stderr.write(`${text}\n`);
    },
    progress(text) {
      if (text === last) return;
      clear();
      last = text;
      if (text !== '')
        process.stderr.write(live ? text.slice(0, (process.stderr.columns ?? 80) - 1) : `${text}\n`);
    },
    style: styleFor(process.stdout),
    noteStyle: styleFor(process.stderr),
    live,
    interactive: process.stdin.isTTY === true && live,
    width: process.stdout.isTTY === true ? process.stdout.columns : null,
  };
}
