import {
  PanelError,
  type Actor,
  type Desired,
  type FactContext,
  type HookContext,
  type HookRunner,
  type HookTaps,
  type Logger,
} from '@tenpanel/sdk';
import tapable from 'tapable';
import type { Database, DesiredFactory, Hooks, Outbox } from '../contracts.js';
import { systemActor } from './system-actor.js';
import { tapError } from './tap-error.js';
import { timeLimit } from './time-limit.js';

const BEFORE_LIMIT_MS = 2_000;

interface Phases {
  before: tapable.AsyncSeriesWaterfallHook<[unknown, HookContext]>;
  with: tapable.AsyncSeriesHook<[unknown, HookContext]>;
}

export interface HookTableParts {
  db: Pick<Database, 'transaction'>;
  outbox: Outbox;
  desired: DesiredFactory;
  log: Logger;
}

/**
 * All taps of all running plugins. `before` and `with` run in order of their stage inside the caller's transaction;
 * a fact goes into the outbox in the same transaction, and each `after` tap is a consumer of its own, named
 * `<plugin>:<hook>`, so that one failing tap holds nobody else.
 */
export class HookTable implements Hooks {
  readonly #phases = new Map<string, Phases>();
  readonly #consumers = new Map<string, number>();
  readonly #offered = new Set<string>();

  constructor(private readonly parts: HookTableParts) {}

  /** From the manifests of the running plugins: only these can be run. */
  offer(names: readonly string[]): void {
    for (const name of names) this.#offered.add(name);
  }

  taps(pluginId: string): HookTaps {
    const taps = {
      before: (name: string, tap: (draft: unknown, ctx: HookContext) => unknown, stage = 0) => {
        this.#of(name).before.tapPromise({ name: pluginId, stage }, async (draft, ctx) => {
          const tooLate = () =>
            new PanelError(
              'hook.timeout',
              503,
              `The plugin ${pluginId} took longer than 2 seconds over ${name}. Nothing was changed.`,
              {
                plugin: pluginId,
                hook: name,
              },
            );
          try {
            return (
              (await timeLimit(
                Promise.resolve().then(() => tap(draft, ctx)),
                BEFORE_LIMIT_MS,
                tooLate,
              )) ?? draft
            );
          } catch (error) {
            throw this.#told(error, pluginId, name);
          }
        });
      },
      with: (name: string, tap: (subject: unknown, ctx: HookContext) => unknown, stage = 0) => {
        this.#of(name).with.tapPromise({ name: pluginId, stage }, async (subject, ctx) => {
          try {
            await tap(subject, ctx);
          } catch (error) {
            throw this.#told(error, pluginId, name);
          }
        });
      },
      after: (name: string, tap: (fact: unknown, ctx: FactContext) => unknown) => {
        const base = `${pluginId}:${name}`;
        const count = (this.#consumers.get(base) ?? 0) + 1;
        this.#consumers.set(base, count);
        this.parts.outbox.consume(
          factTopic(name),
          count === 1 ? base : `${base}:${count}`,
          async (fact, delivery) => {
            await this.parts.db.transaction('/', async (em) => {
              const desired = this.parts.desired.for(em, systemActor(pluginId));
              await tap(fact, {
                em,
                desired,
                deliveryId: delivery.id,
                attempt: delivery.attempt,
                log: this.parts.log,
              });
            });
          },
        );
      },
    };
    // The catalogue's types are checked where taps are written; here every hook is alike.
    return taps as unknown as HookTaps;
  }

  runner(em: HookContext['em'], actor: Actor, desired: Desired): HookRunner {
    const run = async (
      name: string,
      draft: unknown,
      body: (draft: unknown) => Promise<{ subject: unknown; fact: unknown }>,
    ) => {
      if (!this.#offered.has(name))
        throw new Error(
          `The hook ${name} is offered by no running plugin. Declare it in hooks.offers of the manifest.`,
        );
      const ctx: HookContext = { em, actor, desired };
      const phases = this.#of(name);
      const { subject, fact } = await body(await phases.before.promise(draft, ctx));
      await phases.with.promise(subject, ctx);
      await this.parts.outbox.publish(em as Parameters<Outbox['publish']>[0], factTopic(name), fact);
      return subject;
    };
    return { run } as unknown as HookRunner;
  }

  #of(name: string): Phases {
    let phases = this.#phases.get(name);
    if (!phases) {
      phases = {
        before: new tapable.AsyncSeriesWaterfallHook(['draft', 'ctx']),
        with: new tapable.AsyncSeriesHook(['subject', 'ctx']),
      };
      this.#phases.set(name, phases);
    }
    return phases;
  }

  #told(error: unknown, plugin: string, hook: string): PanelError {
    const told = tapError(error, plugin, hook);
    if (told !== error) this.parts.log.error({ plugin, hook, err: error }, 'a hook tap failed');
    return told;
  }
}

/** Topic of a hook's facts in the outbox. */
export function factTopic(hook: string): string {
  return `hook:${hook}`;
}
