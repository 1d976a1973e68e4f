import type Koa from 'koa';
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
}

export interface RunningWeb {
  app: Koa;
  /** Port of the https listener; null when only the local socket is open. */
  port: number | null;
  stop(): Promise<void>;
}

/** Serve the API. Opens the sockets of the configuration. */
export async function startWeb(kernel: RunningKernel, options: WebOptions = {}): Promise<RunningWeb> {
  const app = createApp(kernel, {
    uiDir: options.uiDir ?? null,
    checkReplies: options.checkReplies ?? false,
    preview: createPreview(kernel.planner),
    workerHeartbeat: () => lastHeartbeat(kernel),
    agentFor: (owner) => kernel.agentFor(owner),
  });
  const listening = await listen(kernel, app);
  return { app, port: listening.port, stop: () => listening.close() };
}
