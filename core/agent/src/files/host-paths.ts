/** Where the host's paths really are: unchanged, or below the folder of a simulated host. */
export interface HostPaths {
  readonly simulated: boolean;
  /** The real place of an absolute path of the host. */
  at(path: string): string;
}

export function hostPaths(root: string | null): HostPaths {
  return { simulated: root !== null, at: (path) => (root === null ? path : root + path) };
}
