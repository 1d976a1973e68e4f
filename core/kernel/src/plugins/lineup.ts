import type { EntitySchema } from '@tenpanel/sdk';
import type { PluginState } from '../contracts.js';
import type { Candidate, Unreadable } from './candidate.js';
import type { Definition } from './load-definition.js';
import { PluginProblem } from './plugin-problem.js';
import { words } from './words.js';

export interface Loaded {
  candidate: Candidate;
  definition: Definition;
}

export interface Outcome {
  state: PluginState;
  reason: string | null;
}

/**
 * The plugins of one start on their way up, and how far each has come. When one falls, those who need it fall with
 * it, and nobody else.
 */
export class Lineup {
  readonly outcomes = new Map<string, Outcome>();
  #loaded: Loaded[] = [];

  constructor(
    readonly candidates: readonly Candidate[],
    readonly unreadable: readonly Unreadable[],
    /** Providers first. */
    private readonly order: readonly Candidate[],
  ) {}

  add(loaded: Loaded): void {
    this.#loaded.push(loaded);
  }

  /** Those that have not fallen, providers first. */
  get alive(): readonly Loaded[] {
    return this.#loaded.filter(({ candidate }) => !this.outcomes.has(candidate.id));
  }

  get entities(): EntitySchema[] {
    return this.alive.flatMap(({ definition }) => definition.entities ?? []);
  }

  fallen(id: string): boolean {
    return this.outcomes.has(id);
  }

  /** `what` says which step it was, for errors that are not plugin problems. */
  fall(candidate: Candidate, error: unknown, what = 'It failed'): void {
    const problem =
      error instanceof PluginProblem ? error : new PluginProblem('failed', `${what}: ${words(error)}`);
    this.outcomes.set(candidate.id, { state: problem.state, reason: problem.message });
    for (const other of this.order) {
      const capability = Object.keys(other.manifest.requires).find((name) =>
        Object.hasOwn(candidate.manifest.provides, name),
      );
      if (!capability || this.outcomes.has(other.id)) continue;
      this.fall(
        other,
        new PluginProblem(
          'blocked',
          `It needs ${capability} from ${candidate.id}, which does not run: ${problem.message}`,
        ),
      );
    }
  }

  /** Run one step for every plugin that still stands. */
  async each(what: string, step: (loaded: Loaded) => Promise<void>): Promise<void> {
    for (const loaded of this.#loaded) {
      if (this.fallen(loaded.candidate.id)) continue;
      try {
        await step(loaded);
      } catch (error) {
        this.fall(loaded.candidate, error, what);
      }
    }
  }
}
