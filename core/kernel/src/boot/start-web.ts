import { auditedAgent } from '../agent/audited-agent.js';
import { createApp } from '../http/create-app.js';
import { listen } from '../http/listen.js';
import { lastHeartbeat } from './heartbeat.js';
import { createPreview } from './preview.js';
import type { RunningKernel } from './running-kernel.js';

export interface WebOptions {
  /** Folder of the built user interface; absent: only the API answers. */
  uiDir?: string | null;
  /** Check every answer against its schema; for tests. */
  checkReplies?: boolean;
  /** A listening socket that was inherited, see `inheritedSocket`. */
  fd?: number | null;
}

export interface RunningWeb {
  app: ReturnType<typeof createApp>;
  /** Port of the https listener; null when only the local socket is open. */
  port: number | null;
  /** `restarting`: another process follows at once. */
  stop(how?: { restarting?: boolean }): Promise<void>;
}

/** The HTTP application over a composed kernel; touches no socket. */
export function createWebApp(kernel: RunningKernel, options: WebOptions = {}): RunningWeb['app'] {
  return createApp(kernel, {
    uiDir: options.uiDir ?? null,
    checkReplies: options.checkReplies ?? false,
    preview: createPreview(kernel.planner),
    workerHeartbeat: () => lastHeartbeat(kernel),
    agentFor: (owner, { actor, requestId }) =>
      auditedAgent({ agent: kernel.agentFor(owner), db: kernel.db, audit: kernel.audit, actor, requestId }),
  });
}

/** Serve the API. Opens the sockets of the configuration. */
export async function startWeb(kernel: RunningKernel, options: WebOptions = {}): Promise<RunningWeb> {
  const app = createWebApp(kernel, options);
  const listening = await listen(kernel, app, { fd: options.fd ?? null });
  return { app, port: listening.port, stop: (how) => listening.close(how) };
}
