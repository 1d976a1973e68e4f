import type { Terminal } from '../output/terminal.js';

/** Lines with the time since the start, for what takes a while. */
export interface Progress {
  say(text: string): void;
  warn(text: string): void;
  /** Announce, do, and say how long it took when it took long. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
}

const WORTH_SAYING_MS = 300;

export function startProgress(terminal: Terminal): Progress {
  const began = Date.now();
  const { style } = terminal;
  const stamp = () => style.dim(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)}s`);
  return {
    say: (text) => terminal.out(`${stamp()}  ${text}`),
    warn: (text) => terminal.out(`${stamp()}  ${style.yellow('!')} ${text}`),
    async step(title, work) {
      const before = Date.now();
      const announced = setTimeout(() => terminal.out(`${stamp()}  ${title} …`), WORTH_SAYING_MS);
      try {
        const result = await work();
        terminal.out(`${stamp()}  ${style.green('✓')} ${title}`);
        return result;
      } catch (error) {
        terminal.out(
          `${stamp()}  ${style.red('✗')} ${title} (after ${((Date.now() - before) / 1000).toFixed(1)} s)`,
        );
        throw error;
      } finally {
        clearTimeout(announced);
      }
    },
  };
}
