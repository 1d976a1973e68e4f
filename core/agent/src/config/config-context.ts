import type { OsFamily } from '@tenpanel/protocol';
import type { HostPaths } from '../files/host-paths.js';
import type { ServiceManager } from '../services/service-manager.js';
import type { FileHashes } from './file-hashes.js';
import type { Ledger } from './ledger.js';
import type { Unfinished } from './unfinished.js';

/** What the rooms of `config/` share. */
export interface ConfigContext {
  state: string;
  ledger: Ledger;
  unfinished: Unfinished;
  paths: HostPaths;
  family: OsFamily;
  services: ServiceManager;
  hashes: FileHashes;
  /** False where the container allows no mounts: files are then validated in place, inside the journal. */
  sandboxed: boolean;
  /** Higher than every number before, also after a restart. */
  nextBatch(): number;
  note(event: string, details: Record<string, unknown>): void;
}
