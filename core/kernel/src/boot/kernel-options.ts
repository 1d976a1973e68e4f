import type { AgentCall, Logger } from '@tenpanel/sdk';

export interface KernelOptions {
  /** Folders of single plugins, beside what the configuration's `pluginDirs` hold. They run unless they were disabled. */
  plugins?: readonly (string | URL)[];
  /** Default: a connection to the configuration's socket. */
  agent?: AgentCall;
  now?: () => number;
  log?: Logger;
  /** Which process this is; keeps the crash guard's markers apart. */
  process?: 'web' | 'worker' | 'cli' | 'test';
  /** Export conditions tried first when a plugin's code is looked for; tests use `source`. */
  conditions?: readonly string[];
  /** Default: `plugin-registry.json` beside the panel's packages; null for none. */
  registryFile?: string | null;
  /** For tests of plugins that hang. Default 10 s. */
  setupLimitMs?: number;
}
