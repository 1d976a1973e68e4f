import type {
  AccountInfo,
  AgentInfo,
  Driver,
  ExecResult,
  HostFacts,
  OperationArgs,
  OperationName,
  OperationResult,
  ServiceStatus,
  SliceLimits,
  SliceUsage,
} from '@tenpanel/protocol';

/** One operation of the fake; the arguments have been through the agent's own validator. */
export type Handler<N extends OperationName> = (
  args: OperationArgs<N>,
  onEvent: (event: unknown) => void,
) => OperationResult<N> | Promise<OperationResult<N>>;
export type Handlers<N extends OperationName = OperationName> = { [K in N]: Handler<K> };

export interface FakeFile {
  driver: string;
  root: string;
  path: string;
  absolute: string;
  /** What is on the disk now; null when somebody removed it. */
  content: string | null;
  /** What the agent wrote last. */
  written: string;
  resource: string;
}

export interface TenantNode {
  type: 'file' | 'directory';
  content: Buffer;
  mode: string;
  modified: string;
}

/** Everything the fake host knows. Tests may read and change it. */
export interface FakeState {
  info: AgentInfo;
  facts: HostFacts;
  drivers: Map<string, { driver: Driver; sha256: string }>;
  /** By absolute path. */
  files: Map<string, FakeFile>;
  /** `driver/resource` -> generation and the content each file had before the last change. */
  committed: Map<
    string,
    { generation: number; before: Map<string, FakeFile>; service: string; instance: string | undefined }
  >;
  batch: number;
  accounts: Map<string, AccountInfo>;
  slices: Map<string, SliceLimits>;
  /** What `slice.usage` reports on top of `{supported: true}`. */
  usage: Map<string, Partial<SliceUsage>>;
  quotas: Map<string, { bytes: number | null; inodes: number | null }>;
  /** `driver/service` or `driver/service@instance`. */
  services: Map<string, ServiceStatus>;
  /** Account -> path below the home -> node. */
  tenants: Map<string, Map<string, TenantNode>>;
  /** `driver/set` of installed package sets. */
  packages: Set<string>;
  repositories: Set<string>;
  /** `driver/log` -> lines. */
  logs: Map<string, string[]>;
  /** `driver/glob` -> paths. */
  globs: Map<string, string[]>;
  /** Answer of `exec`, by `driver/command`; the default is exit code 0 without output. */
  commands: Map<string, (args: Record<string, string>) => Partial<ExecResult>>;
}

export function emptyState(): FakeState {
  return {
    info: {
      version: '0.0.0-fake',
      os: { family: 'debian', id: 'debian', versionId: '13', codename: 'trixie' },
      webUser: 'www-data',
      services: 'systemd',
      cgroup: { version: 2, controllers: ['cpu', 'io', 'memory', 'pids'] },
      simulated: true,
      drivers: [],
    },
    facts: {
      hostname: 'fake.example',
      kernel: '6.12.0',
      cpus: 2,
      memoryBytes: 4 * 2 ** 30,
      memoryAvailableBytes: 2 * 2 ** 30,
      load: [0.1, 0.1, 0.1],
      disks: [
        {
          path: '/',
          bytes: 100 * 2 ** 30,
          availableBytes: 50 * 2 ** 30,
          inodes: 1_000_000,
          availableInodes: 900_000,
        },
      ],
      uptimeSeconds: 3600,
    },
    drivers: new Map(),
    files: new Map(),
    committed: new Map(),
    batch: 0,
    accounts: new Map(),
    slices: new Map(),
    usage: new Map(),
    quotas: new Map(),
    services: new Map(),
    tenants: new Map(),
    packages: new Set(),
    repositories: new Set(),
    logs: new Map(),
    globs: new Map(),
    commands: new Map(),
  };
}
