const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** A process that ran this long was well; its next failure counts as the first. */
const WELL_MS = 60_000;

/** How long to wait before a process is started again: doubling, and forgotten after a good minute. */
export class BackOff {
  private failures = 0;

  /** @param ranMs how long the process was up */
  next(ranMs: number): number {
    if (ranMs >= WELL_MS) this.failures = 0;
    this.failures += 1;
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.failures - 1));
  }
}
