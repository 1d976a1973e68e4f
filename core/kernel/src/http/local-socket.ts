import { chmodSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { markLocal } from './local-peers.js';

/** The local administration socket: whoever can open it is the administrator, so only its owner can (0600). */
export async function listenLocally(path: string, listener: RequestListener): Promise<Server> {
  if (await answers(path)) throw new Error(`Another panel already listens on ${path}.`);
  rmSync(path, { force: true });
  const server = createServer(listener);
  server.requestTimeout = 60_000;
  server.on('connection', (socket) => markLocal(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is made inside `listen`, so nobody can open it before its mode is set.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => resolve());
    } finally {
      process.umask(before);
    }
  });
  chmodSync(path, 0o600);
  return server;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
