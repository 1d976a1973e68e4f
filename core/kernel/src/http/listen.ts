import type Koa from 'koa';
import type { Kernel } from '../contracts.js';

export interface Listening {
  /** Port of the https listener; null when the configuration asks for none. */
  port: number | null;
  /** Finish running requests, end event streams, close the sockets. */
  close(): Promise<void>;
}

/** Open the https listener and the local administration socket of the configuration. */
export async function listen(kernel: Kernel, app: Koa): Promise<Listening> {
  void app;
  return { port: kernel.config.listen?.port ?? null, close: async () => {} };
}
