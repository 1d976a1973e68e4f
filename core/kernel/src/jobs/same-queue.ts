import type { QueueOptions, QueueResult } from 'pg-boss';

/** Is the queue there with these settings already? Then nothing needs to be written for it. */
export function sameQueue(there: QueueResult | undefined, wanted: QueueOptions): boolean {
  if (!there) return false;
  return Object.entries(wanted).every(([key, value]) => there[key as keyof QueueOptions] === value);
}
