import { confirm, isCancel } from '@clack/prompts';
import { ApiClient } from './api/client.js';
import { DocumentCache } from './api/document.js';
import { target } from './api/target.js';
import type { CliContext } from './context.js';
import { layout } from './layout/layout.js';
import { processTerminal } from './output/terminal.js';

/** The context of a real command line. The API client is made when a command first asks for it. */
export function createContext(signal: AbortSignal, setExitCode: (code: number) => void): CliContext {
  const here = layout();
  const terminal = processTerminal();
  let client: ApiClient | null = null;
  let documents: DocumentCache | null = null;
  return {
    layout: here,
    terminal,
    env: process.env,
    signal,
    setExitCode,
    get client() {
      return (client ??= new ApiClient(target(here)));
    },
    get documents() {
      return (documents ??= new DocumentCache(this.client));
    },
    async confirm(question) {
      if (!terminal.interactive) return false;
      const answer = await confirm({ message: question, initialValue: false });
      return !isCancel(answer) && answer;
    },
  };
}
