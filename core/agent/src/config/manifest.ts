/** What one resource owns for one service: the record that drift, rollback and removal are judged by. */
export interface Manifest {
  driver: string;
  service: string;
  instance: string | null;
  resource: string;
  generation: number;
  batch: number;
  /** ISO time of the last commit. An empty `files` with an old `at` is forgotten at the next start. */
  at: string;
  files: ManifestFile[];
}

export interface ManifestFile {
  root: string;
  path: string;
  /** Path on the host, as it was when written. */
  absolute: string;
  sha256: string;
}

/** Identity of a manifest; also its path below the state folder's `manifests`. */
export function manifestKey(of: Pick<Manifest, 'driver' | 'service' | 'instance' | 'resource'>): string {
  return `${of.driver}/${of.service}${of.instance === null ? '' : `@${of.instance}`}/${of.resource}`;
}
