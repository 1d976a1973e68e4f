import { rmSync } from 'node:fs';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Server } from 'node:net';
import type Koa from 'koa';
import type { Kernel } from '../contracts.js';
import { panelCertificate } from './certificate.js';
import { listenLocally } from './local-socket.js';
import type { RequestState } from './request-state.js';
import { tlsPort } from './tls-port.js';

export interface Listening {
  /** Port of the https listener; null when the configuration asks for none. */
  port: number | null;
  /**
   * Finish running requests (10 s at most), end event streams, close the sockets. `restarting`: the local socket's file
   * stays, which tells the command line to wait for the next process instead of giving up.
   */
  close(how?: { restarting?: boolean }): Promise<void>;
}

const GRACE = 10_000;

/**
 * Open the https listener and the local administration socket of the configuration. `fd` is a listening socket that
 * was inherited: it is used instead of the configured address, and stays open for whoever holds it.
 */
export async function listen(
  kernel: Kernel,
  app: Koa<RequestState>,
  { fd = null }: { fd?: number | null } = {},
): Promise<Listening> {
  const { config } = kernel;
  const handle = app.callback();
  const open = new Set<ServerResponse>();
  let closing = false;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    open.add(response);
    response.once('close', () => open.delete(response));
    if (closing) response.setHeader('Connection', 'close');
    void handle(request, response);
  };
  const closers: ((restarting: boolean) => Promise<void>)[] = [];
  let port: number | null = null;
  if (config.listen) {
    const certificate = await panelCertificate(config.stateDir, config.publicUrl, kernel.now());
    const { server, https } = tlsPort(certificate, config.publicUrl, listener);
    await bind(server, fd === null ? config.listen : { fd });
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : config.listen.port;
    closers.push(() => stop(server, https));
  }
  if (config.localSocket) {
    const path = config.localSocket;
    const local = await listenLocally(path, listener);
    closers.push(async (restarting) => {
      await stop(local, local);
      if (!restarting) rmSync(path, { force: true });
    });
  }
  const close = async (restarting: boolean): Promise<void> => {
    closing = true;
    for (const response of open) {
      if (String(response.getHeader('Content-Type') ?? '').startsWith('text/event-stream')) response.end();
    }
    await Promise.all(closers.map((one) => one(restarting)));
  };
  let closed: Promise<void> | null = null;
  return { port, close: ({ restarting = false } = {}) => (closed ??= close(restarting)) };
}

function bind(server: Server, where: { host: string; port: number } | { fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => resolve());
  });
}

/** `sockets` accepts, `requests` knows which connection is busy; for the local socket both are the same. */
async function stop(sockets: Server, requests: HttpServer | HttpsServer): Promise<void> {
  const idle = setInterval(() => requests.closeIdleConnections(), 50);
  const late = setTimeout(() => requests.closeAllConnections(), GRACE);
  await new Promise<void>((resolve) => {
    sockets.close(() => resolve());
    requests.closeIdleConnections();
  });
  clearInterval(idle);
  clearTimeout(late);
}
