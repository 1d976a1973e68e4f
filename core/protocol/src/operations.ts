/**
 * The closed list of operations of the root agent. Each has typed arguments and a typed result; the agent
 * validates the arguments again on its side (`validate.ts`) and assumes that its caller is hostile.
 *
 * Wire: newline-delimited JSON over a unix stream socket. Request `{id, op, args}`; answer
 * `{id, ok: true, result}` or `{id, ok: false, error: {code, message, details?}}`; streaming operations send
 * `{id, event}` lines before the answer. `{id, cancel: true}` ends a running operation where it can be ended
 * (its answer is still sent). A frame is at most 32 MiB.
 */
export interface Operations {
  'agent.info': { args: Record<string, never>; result: AgentInfo };
  /** Show what a transaction would change, without changing it. Drift is reported as well. */
  'config.plan': { args: ConfigChange; result: ConfigPlan };
  /** Apply as a transaction; waits for the batch (group commit) this change falls into. */
  'config.apply': { args: ConfigChange; result: ConfigApplied };
  /** Put back the content that the last committed transaction of this resource replaced. */
  'config.rollback': { args: { driver: string; resource: string }; result: ConfigApplied };
  /** Compare file now / file we wrote for everything of one driver or of all. */
  'config.drift': {
    args: { driver?: string; root?: string };
    result: { checked: number; drifted: DriftedFile[] };
  };
  /** Read one generated file as it is on disk (root and path must belong to the driver). */
  'config.read': { args: { driver: string; root: string; path: string }; result: { content: string | null } };
  'service.status': { args: ServiceRef; result: ServiceStatus };
  'service.start': { args: ServiceRef; result: ServiceStatus };
  'service.stop': { args: ServiceRef; result: ServiceStatus };
  'service.restart': { args: ServiceRef; result: ServiceStatus };
  'service.reload': { args: ServiceRef; result: ServiceStatus };
  /** Start at boot and now. */
  'service.enable': { args: ServiceRef & { account?: string }; result: ServiceStatus };
  /** Not at boot, and stop now. */
  'service.disable': { args: ServiceRef; result: ServiceStatus };
  /** Create the Unix user, group, home (root:<account> 0710, ACL for the web server's user) and domains folder. Idempotent. */
  'account.ensure': { args: { account: string; shell: boolean }; result: AccountInfo };
  /** Lock or unlock log-in, cron and shells of the account; running processes end at lock. Idempotent. */
  'account.lock': { args: { account: string; locked: boolean }; result: AccountInfo };
  /** Remove user and group; the home is moved to the graveyard folder first and erased when `purge`. Idempotent. */
  'account.remove': { args: { account: string; purge: boolean }; result: { removed: boolean } };
  'account.list': { args: Record<string, never>; result: { accounts: AccountInfo[] } };
  'slice.set': {
    args: { account: string; limits: SliceLimits };
    result: { supported: boolean; reason?: string };
  };
  'slice.usage': { args: { account: string }; result: SliceUsage };
  'slice.remove': { args: { account: string }; result: { removed: boolean } };
  'quota.set': {
    args: { account: string; bytes: number | null; inodes: number | null };
    result: { supported: boolean; reason?: string };
  };
  'quota.usage': {
    args: { account: string };
    result: { supported: boolean; reason?: string; bytes?: number; inodes?: number };
  };
  /** Run a named command of a driver with typed arguments. */
  exec: { args: { driver: string; command: string; args: Record<string, string> }; result: ExecResult };
  /** The rest is done by a child process with the customer's uid and cgroup. Paths are relative to the home. */
  /** Make folders, parents included, in the order given. `created` names those that were not there. */
  'tenant.mkdir': {
    args: { account: string; folders: { path: string; mode: string }[] };
    result: { created: string[] };
  };
  'tenant.write': {
    args: {
      account: string;
      path: string;
      content: string;
      encoding: 'utf8' | 'base64';
      mode: string;
      ifAbsent?: boolean;
    };
    result: { written: boolean };
  };
  /**
   * Append to regular files (made 0640 when missing; their folders must exist). A file that would grow beyond
   * `maxBytes` becomes `<path>.1` first, in place of the one before. What fails does not hold up the other files.
   */
  'tenant.append': {
    args: { account: string; files: { path: string; content: string; maxBytes: number }[] };
    result: { failed: { path: string; reason: string }[] };
  };
  'tenant.read': {
    args: { account: string; path: string; maxBytes: number };
    result: { content: string; encoding: 'utf8' | 'base64'; truncated: boolean };
  };
  'tenant.list': { args: { account: string; path: string }; result: { entries: TenantEntry[] } };
  'tenant.remove': {
    args: { account: string; path: string; recursive: boolean };
    result: { removed: boolean };
  };
  /** Move a site's folder to the trash folder of the same home. */
  'tenant.rename': { args: { account: string; from: string; to: string }; result: { renamed: boolean } };
  /** Install the package sets of a driver; streams progress lines. */
  'package.install': { args: { driver: string; set: string }; result: { installed: string[] } };
  'package.status': {
    args: { driver: string; set: string };
    result: { missing: string[]; installed: string[] };
  };
  'package.repository': {
    args: { driver: string; repository: string; enabled: boolean };
    result: { changed: boolean };
  };
  /** The last lines of a driver's log, optionally only those whose key equals `key`. `follow` streams events. */
  'log.tail': {
    args: { driver: string; log: string; lines: number; key?: string; follow?: boolean };
    result: { lines: string[] };
  };
  /** Read a log from a byte offset (inode tells of rotation), at most `maxBytes`. */
  'log.read': {
    args: { driver: string; log: string; inode: number; offset: number; maxBytes: number };
    result: { lines: string[]; inode: number; offset: number };
  };
  /** Paths that match a driver's named pattern, sorted. */
  'host.glob': { args: { driver: string; glob: string }; result: { paths: string[] } };
  /** What `doctor` needs: disk, memory, load, cgroup, clock, kernel. */
  'host.facts': { args: Record<string, never>; result: HostFacts };
}

export type OperationName = keyof Operations;
export type OperationArgs<N extends OperationName> = Operations[N]['args'];
export type OperationResult<N extends OperationName> = Operations[N]['result'];

export interface AgentInfo {
  version: string;
  os: { family: 'debian' | 'rhel'; id: string; versionId: string; codename: string };
  /** The distribution user the web server runs as, for example www-data. */
  webUser: string;
  services: 'systemd' | 'supervisor';
  cgroup: { version: 2 | 0; controllers: string[]; reason?: string };
  /** True when nothing touches the real host: all paths lie below a folder. */
  simulated: boolean;
  drivers: { id: string; version: number; sha256: string }[];
}

/** The complete set of files of one resource. Files of the resource that are not named are removed. */
export interface ConfigChange {
  driver: string;
  /** Name of the driver's service, with its instance for a template service. */
  service: string;
  instance?: string;
  /** `<kind>/<id>`, for example `vhost/12`; owns its files. */
  resource: string;
  /** The resource's generation; an apply with a lower one than the committed is refused as stale. */
  generation: number;
  files: ConfigFile[];
  /** Overwrite files that were edited by hand. */
  force?: boolean;
  /** Files that an administrator wants left as they are, as long as they hold just this. They count as written from now on. */
  keep?: KeptFile[];
}

/** What stands on disk and shall stay; `sha256` null: the file is gone and shall not come back. */
export interface KeptFile {
  root: string;
  path: string;
  sha256: string | null;
}

export interface ConfigFile {
  root: string;
  path: string;
  content: string;
}

export interface ConfigPlan {
  files: {
    root: string;
    path: string;
    absolute: string;
    action: 'create' | 'change' | 'remove' | 'same';
    before: string;
    after: string;
  }[];
  drifted: DriftedFile[];
}

export interface ConfigApplied {
  /** False when the disk already was as wanted: nothing was written, nothing reloaded. */
  changed: boolean;
  /** Number of the batch; several resources may share one reload. */
  batch: number;
  files: number;
}

export interface DriftedFile {
  driver: string;
  root: string;
  path: string;
  absolute: string;
  resource: string;
  state: 'edited' | 'missing' | 'foreign';
  writtenSha256: string | null;
  currentSha256: string | null;
}

export interface ServiceRef {
  driver: string;
  service: string;
  instance?: string;
}

export interface ServiceStatus {
  state: 'running' | 'stopped' | 'failed' | 'starting' | 'listening' | 'missing';
  enabled: boolean;
  pid: number | null;
  memoryBytes: number | null;
  message?: string;
}

export interface AccountInfo {
  account: string;
  uid: number;
  gid: number;
  home: string;
  locked: boolean;
  shell: boolean;
}

/** null means unlimited. */
export interface SliceLimits {
  memoryBytes: number | null;
  /** Percent of one core: 150 is one and a half. */
  cpuPercent: number | null;
  processes: number | null;
  ioReadBytesPerSecond: number | null;
  ioWriteBytesPerSecond: number | null;
  /** 1-10000, default 100. */
  ioWeight: number | null;
}

export interface SliceUsage {
  supported: boolean;
  reason?: string;
  memoryBytes?: number;
  memoryPeakBytes?: number;
  oomKills?: number;
  cpuUsageMicroseconds?: number;
  cpuThrottledMicroseconds?: number;
  cpuThrottledCount?: number;
  processes?: number;
  processLimitHits?: number;
  ioReadBytes?: number;
  ioWriteBytes?: number;
  limits?: SliceLimits;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  truncated: boolean;
}

export interface TenantEntry {
  name: string;
  type: 'file' | 'directory' | 'symlink' | 'other';
  size: number;
  mode: string;
  modified: string;
}

export interface HostFacts {
  hostname: string;
  kernel: string;
  cpus: number;
  memoryBytes: number;
  memoryAvailableBytes: number;
  load: [number, number, number];
  disks: { path: string; bytes: number; availableBytes: number; inodes: number; availableInodes: number }[];
  uptimeSeconds: number;
}

/** What every failed operation carries. `code` is stable, `message` is plain words for an administrator. */
export interface AgentErrorBody {
  code:
    | 'agent.badRequest'
    | 'agent.unknownOperation'
    | 'agent.unknownDriver'
    | 'agent.notAllowed'
    | 'agent.drift'
    | 'agent.stale'
    | 'agent.invalidConfig'
    | 'agent.probeFailed'
    | 'agent.serviceFailed'
    | 'agent.programFailed'
    | 'agent.timeout'
    | 'agent.notFound'
    | 'agent.io'
    | 'agent.unavailable';
  message: string;
  details?: Record<string, unknown>;
}
