import type { SliceLimits, SliceUsage } from '@tenpanel/protocol';

/** Limits of an account's cgroup `tenpanel-<account>`. */
export interface Slices {
  set(account: string, limits: SliceLimits): Promise<{ supported: boolean; reason?: string }>;
  usage(account: string): Promise<SliceUsage>;
  remove(account: string): Promise<{ removed: boolean }>;
  /** Put a process into the account's cgroup, where the agent itself manages them. */
  place(pid: number, account: string): Promise<void>;
}

/** Where no limit can be held: says so, once and clearly, and does nothing. */
export function noSlices(reason: string): Slices {
  return {
    set: () => Promise.resolve({ supported: false, reason }),
    usage: () => Promise.resolve({ supported: false, reason }),
    remove: () => Promise.resolve({ removed: false }),
    place: () => Promise.resolve(),
  };
}
