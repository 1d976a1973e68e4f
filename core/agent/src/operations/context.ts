import type { AgentInfo } from '@tenpanel/protocol';
import type { Accounts } from '../accounts/accounts.js';
import type { ConfigContext } from '../config/config-context.js';
import type { ConfigEngine } from '../config/config-engine.js';
import type { DriverRegistry } from '../drivers/registry.js';
import type { HostPaths } from '../files/host-paths.js';
import type { OsProfile } from '../os/profile.js';
import type { Packages } from '../packages/packages.js';
import type { Quota } from '../quota/quota.js';
import type { ServiceManager } from '../services/service-manager.js';
import type { Slices } from '../slices/slices.js';
import type { InSlice } from '../tenant/in-slice.js';
import type { TenantProcesses } from '../tenant/tenant-processes.js';

/** Everything that an operation may use. Built once at start; nothing in the agent is a global. */
export interface AgentContext {
  paths: HostPaths;
  profile: OsProfile;
  os: AgentInfo['os'];
  cgroup: AgentInfo['cgroup'];
  drivers: DriverRegistry;
  services: ServiceManager;
  config: ConfigEngine;
  configContext: ConfigContext;
  accounts: Accounts;
  slices: Slices;
  quota: Quota;
  packages: Packages;
  inSlice: InSlice;
  tenants: TenantProcesses;
  /** Groups, folders and unit files of every driver, again: new packages bring new users. */
  activate(): Promise<void>;
}

/** What one call brings with it. */
export interface CallContext {
  /** Ends with the call's cancel, or with its connection. */
  signal: AbortSignal;
  /** The agent is about to stop: what would run for ever ends, everything else is finished. */
  stopping: AbortSignal;
  /** A progress line to the caller. */
  event(value: unknown): void;
}
