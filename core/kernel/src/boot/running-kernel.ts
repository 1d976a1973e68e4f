import type { AgentCall } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';
import type { KernelOutbox } from '../outbox/create-outbox.js';
import type { Capabilities } from '../plugins/capabilities.js';
import type { PluginManager } from '../plugins/plugin-manager.js';
import type { Planner } from '../reconcile/create-planner.js';
import type { Reconciler } from '../reconcile/create-reconciler.js';
import type { Webhooks } from '../webhooks/create-webhooks.js';

/** The kernel with everything composed, before or while it serves. */
export interface RunningKernel extends Kernel {
  db: KernelDatabase;
  outbox: KernelOutbox;
  capabilities: Capabilities;
  plugins: PluginManager;
  reconciler: Reconciler;
  planner: Planner;
  webhooks: Webhooks;
  /** The root agent as a plugin's manifest allows it; `kernel` without limits. */
  agentFor(owner: string): AgentCall;
  /** Call what plugins gave to `kit.onStart`; only the worker does. Never rejects, and waits no longer than 5 s. */
  runStarts(): Promise<void>;
  /** `call` is called once when plugins were enabled or disabled: end gracefully and start again. Resolves when it watches. */
  onRestartWanted(call: () => void): Promise<void>;
  /** Stop plugins, then close agent, store and database. */
  close(): Promise<void>;
}
