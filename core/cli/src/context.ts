import type { ApiClient } from './api/client.js';
import type { DocumentCache } from './api/document.js';
import type { Layout } from './layout/layout.js';
import type { Terminal } from './output/terminal.js';

/** What every command works with; made once by `main`, replaced in tests. */
export interface CliContext {
  layout: Layout;
  client: ApiClient;
  documents: DocumentCache;
  terminal: Terminal;
  env: NodeJS.ProcessEnv;
  /** Ask a yes/no question; false without a terminal. */
  confirm(question: string): Promise<boolean>;
  /** Exit code other than 0 without an error text, for example of a failing check. */
  setExitCode(code: number): void;
  signal: AbortSignal;
}
