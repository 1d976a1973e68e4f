import type { SliceLimits } from '@tenpanel/protocol';

/** Why bytes a second are not held although the other limits are; nothing to say where they are, or are not asked for. */
export function ioProblem(limits: SliceLimits, device: string | null): { reason?: string } {
  const asked = limits.ioReadBytesPerSecond !== null || limits.ioWriteBytesPerSecond !== null;
  if (!asked || device !== null) return {};
  return {
    reason:
      'Bytes a second are not limited: the io controller is missing, or the file system of /home has no block device of its own.',
  };
}
