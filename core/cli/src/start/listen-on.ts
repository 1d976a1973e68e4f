import { existsSync } from 'node:fs';
import type { KernelConfig } from '@tenpanel/kernel/contracts';
import { holdSocket, type HeldSocket } from './held-socket.js';

/** Bind what the configuration names. `::` serves IPv4 as well; on a machine without IPv6 it means `0.0.0.0`. */
export function listenOn(listen: KernelConfig['listen']): HeldSocket | null {
  if (!listen) return null;
  const host = listen.host === '::' && !existsSync('/proc/net/if_inet6') ? '0.0.0.0' : listen.host;
  return holdSocket(host, listen.port);
}
