/** Milliseconds of the clock that nobody sets: when the other one jumps back, no alarm may wait for it to return. */
const clock = (): number => performance.now();

/** Runs a loop whenever somebody calls `now`, when a time set by `in` has come, and at the latest after `idleMs`. */
export class Wake {
  #wanted = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #stopped = false;
  #resume: (() => void) | null = null;

  constructor(private readonly idleMs: number) {}

  now(): void {
    this.#wanted = true;
    this.#resume?.();
  }

  in(milliseconds: number): void {
    const at = clock() + Math.max(0, milliseconds);
    if (at >= this.#dueAt) return;
    this.#dueAt = at;
    // The one who waits must set its alarm anew.
    this.#resume?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#resume?.();
  }

  /** A failing round is told to `failed` and tried again after a second. */
  async loop(round: () => Promise<void>, failed: (error: unknown) => void): Promise<void> {
    while (!this.#stopped) {
      this.#wanted = false;
      if (clock() >= this.#dueAt) this.#dueAt = Number.POSITIVE_INFINITY;
      try {
        await round();
      } catch (error) {
        if (!this.#stopped) failed(error);
        this.in(1_000);
      }
      await this.#sleep();
    }
  }

  async #sleep(): Promise<void> {
    const idleAt = clock() + this.idleMs;
    while (!this.#wanted && !this.#stopped) {
      const milliseconds = Math.min(this.#dueAt, idleAt) - clock();
      if (milliseconds <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#resume = null;
    }
  }
}
