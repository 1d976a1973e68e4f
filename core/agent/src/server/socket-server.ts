import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { AgentError, frameReader } from '@tenpanel/protocol';
import type { CallContext } from '../operations/context.js';
import type { Outcome } from './dispatch.js';

export interface SocketServer {
  /** Take no more requests, let those under way end, close. */
  close(): Promise<void>;
}

type Perform = (op: unknown, args: unknown, call: CallContext) => Promise<Outcome>;

const MOST_CONNECTIONS = 64;
const MOST_CALLS = 1024;

/**
 * Listen on the unix socket: mode 0660, so that only root and the panel's group may speak. A socket that a killed agent
 * left behind is replaced; one that answers is not.
 */
export async function socketServer(
  path: string,
  gid: number | null,
  perform: Perform,
): Promise<SocketServer> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if (await answers(path))
    throw new AgentError('agent.unavailable', `Another agent answers on ${path} already.`);
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const server = createServer((socket) => {
    if (sockets.size >= MOST_CONNECTIONS) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, perform, running, stopping.signal);
  });
  // Nobody may connect between bind and chmod: the mask keeps the others out from the start.
  const mask = process.umask(0o117);
  try {
    await listen(server, path);
  } finally {
    process.umask(mask);
  }
  if (gid !== null) chownSync(path, -1, gid);
  chmodSync(path, 0o660);
  return {
    async close() {
      server.close();
      stopping.abort();
      for (const socket of sockets) socket.pause();
      await Promise.race([
        Promise.allSettled(running),
        new Promise((resolve) => setTimeout(resolve, 90_000).unref()),
      ]);
      for (const socket of sockets) socket.end();
      rmSync(path, { force: true });
    },
  };
}

function serve(socket: Socket, perform: Perform, running: Set<Promise<void>>, stopping: AbortSignal): void {
  const calls = new Map<number, AbortController>();
  const send = (frame: unknown): void => {
    if (socket.writable) socket.write(`${JSON.stringify(frame)}\n`);
  };
  const answer = async (id: number, op: unknown, args: unknown): Promise<void> => {
    const abort = new AbortController();
    calls.set(id, abort);
    const outcome = await perform(op, args, {
      signal: abort.signal,
      stopping,
      event: (event) => send({ id, event }),
    });
    calls.delete(id);
    send({ id, ...outcome });
  };
  const receive = (line: string): void => {
    const frame = parseFrame(line);
    if (frame === null) return void socket.destroy();
    if (frame.cancel === true) return calls.get(frame.id)?.abort();
    if (calls.size >= MOST_CALLS || calls.has(frame.id)) {
      const message = calls.has(frame.id) ? 'This id is in use.' : 'Too many calls at once.';
      return send({ id: frame.id, ok: false, error: { code: 'agent.badRequest', message } });
    }
    const turn = answer(frame.id, frame.op, frame.args).finally(() => running.delete(turn));
    running.add(turn);
  };
  socket.on(
    'data',
    frameReader(receive, () => socket.destroy()),
  );
  socket.on('error', () => undefined);
  // A caller that went away still gets its transaction finished; only what waits for the caller is ended.
  socket.once('close', () => calls.forEach((abort) => abort.abort()));
}

function parseFrame(line: string): { id: number; op?: unknown; args?: unknown; cancel?: unknown } | null {
  try {
    const frame = JSON.parse(line) as { id?: unknown };
    return typeof frame === 'object' && frame !== null && Number.isSafeInteger(frame.id)
      ? (frame as { id: number })
      : null;
  } catch {
    return null;
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
