import type { Socket } from 'node:net';

const local = new WeakSet<object>();

/** Note that a connection came through the local administration socket. */
export function markLocal(socket: Socket): void {
  local.add(socket);
}

export function isLocal(socket: object): boolean {
  return local.has(socket);
}
