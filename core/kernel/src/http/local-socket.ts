import { chmodSync, renameSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { markLocal } from './local-peers.js';

/**
 * The local administration socket: whoever can open it is the administrator, so only its owner can (0600). It takes the
 * place of one that a former process has left, so that a client never finds none in between.
 */
export async function listenLocally(path: string, listener: RequestListener): Promise<Server> {
  if (await answers(path)) throw new Error(`Another panel already listens on ${path}.`);
  // As short as the name itself: a socket's path has at most 107 bytes.
  const fresh = path.replace(/.$/, '~');
  rmSync(fresh, { force: true });
  const server = createServer(listener);
  server.requestTimeout = 60_000;
  server.on('connection', (socket) => markLocal(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is made inside `listen`, so nobody can open it before its mode is set.
    const before = process.umask(0o177);
    try {
      server.listen(fresh, () => resolve());
    } finally {
      process.umask(before);
    }
  });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
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
