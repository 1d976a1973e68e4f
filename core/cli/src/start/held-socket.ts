import net from 'node:net';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

interface BoundHandle {
  fd: number;
  close(): void;
}

/** What Node's own cluster module binds shared sockets with. It binds and does not listen, which is just what is needed. */
type Bind = (
  address: string,
  port: number,
  addressType: 4 | 6,
  fd: number,
  flags: number,
) => BoundHandle | number;

export interface HeldSocket {
  readonly fd: number;
  close(): void;
}

/**
 * Bind the panel's address and keep it. The web process gets the descriptor and listens on it; while it restarts, the
 * kernel queues connections on the same socket, so that no request meets a closed door. Nothing is accepted here.
 */
export function holdSocket(host: string, port: number): HeldSocket {
  const bind = (net as unknown as { _createServerHandle: Bind })._createServerHandle;
  const handle = bind(host, port, net.isIPv6(host) ? 6 : 4, -1, 0);
  if (typeof handle === 'number') {
    throw new CliError(
      `Port ${port} on ${host} cannot be used (error ${handle}); something else may listen there.`,
      ExitCode.unexpected,
      [
        `Find it with: ss -ltnp "sport = :${port}"`,
        'Or choose another port in "listen" of the configuration file.',
      ],
    );
  }
  return { fd: handle.fd, close: () => handle.close() };
}
