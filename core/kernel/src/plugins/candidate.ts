import type { Manifest } from '@tenpanel/sdk';

export type Tier = Manifest['tier'];

/** A plugin that was found on disk and whose manifest is sound. No code of it has run. */
export interface Candidate {
  id: string;
  dir: string;
  /** npm name of the package. */
  package: string;
  version: string;
  manifest: Manifest;
  /** Absolute path of the module with the default export. */
  entry: string;
  /** What the registry vouches for; a manifest alone cannot raise its tier above `local`. */
  tier: Tier;
  /** Only a plugin of tier core can be essential. */
  essential: boolean;
  /** Enabled unless the administrator said otherwise. */
  onByDefault: boolean;
  driver: { file: string; sha256: string } | null;
}

/** A folder that looks like a plugin but cannot be read as one. */
export interface Unreadable {
  id: string;
  dir: string;
  reason: string;
}
