import type { OsFamily } from '@tenpanel/protocol';

/** What differs between families of distributions. Nothing else in the agent asks which OS it runs on. */
export interface OsProfile {
  family: OsFamily;
  /** The user nginx and its like run as. */
  webUser: string;
  nologin: string;
  shell: string;
  /** Packages of the agent's own helpers. */
  helpers: { acl: string; supervisor: string; quota: string };
  install(packages: readonly string[]): ProgramCall;
  /** Fetch the lists of packages, where that is a step of its own. */
  refresh: ProgramCall | null;
  /** Prints one line a package: `name<TAB>state`. */
  query(packages: readonly string[]): ProgramCall;
  /** True when a line of `query` says that the package is there. */
  isInstalled(state: string): boolean;
  /** Where sources of further repositories and their keys lie, and how a key is fetched. */
  repository: { folder: string; keyFolder: string; fetchKey(url: string, target: string): ProgramCall };
  /** A file whose presence keeps packages from starting their services at installation; null where they never do. */
  startPolicy: { path: string; content: string } | null;
}

export interface ProgramCall {
  program: string;
  argv: string[];
  env?: Record<string, string>;
}
