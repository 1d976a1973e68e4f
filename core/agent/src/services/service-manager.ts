import type { Driver, ServiceStatus } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';

/** What runs the daemons. One of three: systemd, the supervisor, or the simulated host. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'supervisor';
  /** Bring the driver's unit files into place; a no-op where there are none. */
  activate(driver: Driver): Promise<void>;
  /** At the agent's start: have running again what is enabled, where nothing else does that. */
  resume(drivers: Driver[]): Promise<void>;
  status(target: ServiceTarget): Promise<ServiceStatus>;
  start(target: ServiceTarget): Promise<void>;
  stop(target: ServiceTarget): Promise<void>;
  restart(target: ServiceTarget): Promise<void>;
  /** The manager's own reload. */
  reload(target: ServiceTarget): Promise<void>;
  /** To the main process; `signal` without SIG. */
  signal(target: ServiceTarget, signal: string): Promise<void>;
  /** Start at boot and now. Where it was so already, its status, which saves the caller from asking again. */
  enable(target: ServiceTarget, account: string | undefined): Promise<ServiceStatus | void>;
  disable(target: ServiceTarget): Promise<void>;
}
