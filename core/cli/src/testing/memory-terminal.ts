import { styleFor } from '../output/style.js';
import type { Terminal } from '../output/terminal.js';

export interface MemoryTerminal extends Terminal {
  readonly output: string[];
  readonly notes: string[];
}

/** A terminal that keeps what was written: not interactive, without colours, without a width. */
export function memoryTerminal(width: number | null = null): MemoryTerminal {
  const output: string[] = [];
  const notes: string[] = [];
  const style = styleFor({});
  return {
    output,
    notes,
    out: (text) => void output.push(text),
    note: (text) => void notes.push(text),
    progress: (text) => void (text !== '' && notes.push(text)),
    style,
    noteStyle: style,
    interactive: false,
    live: false,
    width,
  };
}
