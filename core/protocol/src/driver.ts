/**
 * A driver is data: what one plugin may make the root agent do. Root installs it as
 * `/etc/tenpanel/drivers.d/<id>.json` after the administrator has seen it. The agent refuses
 * everything that no installed driver names.
 *
 * Placeholders in argv and paths are `{name}`; each must be declared in `args` with a closed pattern,
 * and is substituted as a whole argv element or inside one, never parsed by a shell.
 */
export interface Driver {
  /** The plugin's id, kebab case. */
  id: string;
  /** Raised by one whenever the driver asks for more than before. */
  version: number;
  /** Folders (by id) in which the agent may write generated files for this plugin. */
  roots: Record<string, DriverRoot>;
  services: Record<string, DriverService>;
  /** Named programs that `exec` may run. */
  commands: Record<string, DriverCommand>;
  /** Log files that `log.tail` may read. */
  logs: Record<string, DriverLog>;
  /** Named path patterns that `host.glob` may list, to learn what is installed. */
  globs: Record<string, string>;
  /** System packages by set name, then by OS family. */
  packages: Record<string, PerFamily<string[]>>;
  /** Extra package repositories that `package.repository` may add, by name. Off unless asked for. */
  repositories: Record<string, PerFamily<RepositorySource>>;
  /** System groups the agent makes, and the daemon users it puts into them. */
  groups: Record<string, { members: PerFamily<string[]> }>;
  /** Folders the agent makes at driver activation and at each boot (for example below /run). */
  directories: DriverDirectory[];
}

export type OsFamily = 'debian' | 'rhel';
export type PerFamily<T> = Record<OsFamily, T>;

export interface DriverRoot {
  path: string | PerFamily<string>;
  /** Anchored regular expression for the path below `path` (no `..`, no leading slash). */
  pattern: string;
  /** Octal string, for example "0644". */
  mode: string;
  owner?: string;
  group?: string;
}

export interface DriverDirectory {
  path: string | PerFamily<string>;
  mode: string;
  owner?: string;
  group?: string;
}

export interface DriverArg {
  /** Anchored regular expression that the whole value must match. */
  pattern: string;
  maxLength: number;
}

/** One program call. `program` is an absolute path; candidates are tried in order. */
export interface DriverCall {
  program: string | string[];
  argv: string[];
  /** Seconds; default 30. */
  timeout?: number;
}

export interface DriverCommand extends DriverCall {
  args: Record<string, DriverArg>;
  /** Name of the arg that is given on standard input instead of argv (secrets, long texts). */
  stdin?: string;
  /** Bytes of stdout kept; default 1 MiB. */
  maxOutput?: number;
  /** Run as this system user instead of root; `{account}` means the tenant in arg `account`. */
  runAs?: string;
}

export interface DriverService {
  /**
   * systemd unit name. A template may hold `{instance}`, for example `tenpanel-php84@{instance}.service`.
   */
  unit: string | PerFamily<string>;
  /** Pattern of `{instance}`, when the service is a template. */
  instancePattern?: string;
  /**
   * Unit files that the agent writes for this service, unit name -> content. `{slice}`, `{instance}` and the
   * like in the content are systemd's own business (use %i). Only root-owned data ends here.
   *
   * When a `.socket` of the same name as `unit` is among them, the service is socket-activated: `enable`, `start`,
   * `disable` and `stop` mean the socket (and `disable`/`stop` the service too), a stopped service that listens is
   * `listening`, and a reload of a service that does not run is nothing to do.
   */
  unitFiles?: Record<string, string>;
  /** How the small supervisor runs it in the foreground where systemd is not PID 1. */
  foreground: DriverCall & {
    user?: string;
    stopSignal?: string;
    /** Programs (argv) run once before the first start, for example to make a runtime folder. */
    prepare?: DriverCall[];
  };
  /** How a running service takes a new configuration. Each call may use `{generation}`. */
  reload:
    | { kind: 'signal'; signal: string }
    | { kind: 'service' } // the service manager's own reload
    | { kind: 'restart' }
    | { kind: 'calls'; calls: DriverCall[] };
  /**
   * Validators run inside a private mount namespace where the staged files stand in their final places.
   * A validator's exit code other than 0 refuses the batch; its output is kept and shown.
   */
  validators: DriverCall[];
  /** Proof that the new generation answers. */
  probe?: DriverProbe;
  /** Stop after this many idle seconds (no child process of the main process); a socket unit starts it again. */
  idleStop?: number;
}

export type DriverProbe =
  /** GET over HTTP on a unix socket or a loopback port; the body must equal `expect`. */
  | {
      kind: 'http';
      socket?: string;
      port?: number;
      path: string;
      host?: string;
      expect: string;
      /** Milliseconds (2,000 at most) in which processes with the former configuration may still answer beside the new ones. */
      overlap?: number;
      generationFile?: GenerationFile;
    }
  /** A program whose stdout must match `expect` (anchored nowhere, multi line). */
  | { kind: 'call'; call: DriverCall; expect: string }
  /** Something must accept a connection on the unix socket; may hold `{instance}`. */
  | { kind: 'connect'; socket: string };

/** A file that the agent itself writes with each batch, so that the probe can see the generation. `{generation}` in content. */
export interface GenerationFile {
  root: string;
  path: string;
  content: string;
}

export interface DriverLog {
  path: string | PerFamily<string>;
  /** Regular expression with one group `key`; lines are filtered by exact equality of that group. */
  keyPattern?: string;
}

/** One extra repository: a keyring package or key file, and the source entry. */
export interface RepositorySource {
  /** Human readable name, shown before it is added. */
  title: string;
  /** Debian: a deb822 source; RHEL: a .repo file. Written below the distribution's folder. `{codename}` is the release's. */
  file: string;
  content: string;
  /** URL of the signing key, fetched over https by the package manager's own tools. */
  keyUrl: string;
  keyFile: string;
}
