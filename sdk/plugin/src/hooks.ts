import type { EntityManager } from '@mikro-orm/core';
import type { Actor } from './actor.js';
import type { Desired } from './desired.js';
import type { Logger } from './kit.js';

/**
 * The hooks that plugins offer; extended by declaration merging:
 * @example
 * declare module '@tenpanel/sdk' {
 *   interface HookCatalogue { 'site.create': { draft: SiteDraft; subject: Vhost; fact: SiteFact } }
 * }
 * `draft` is what `before` taps may change, `subject` what `with` taps see inside the transaction, `fact` the plain
 * JSON that `after` taps receive, at least once, when the transaction has been committed.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface HookCatalogue {}

export type HookName = keyof HookCatalogue & string;
type Part<N extends HookName, P extends string> = HookCatalogue[N] extends Record<P, infer T> ? T : never;
export type HookDraft<N extends HookName> = Part<N, 'draft'>;
export type HookSubject<N extends HookName> = Part<N, 'subject'>;
export type HookFact<N extends HookName> = Part<N, 'fact'>;

/** What a `before` or `with` tap may use: the same transaction, no network and no agent. */
export interface HookContext {
  em: EntityManager;
  actor: Actor;
  desired: Desired;
}

/** What an `after` tap gets. `deliveryId` is the same on every retry: use it to be idempotent. */
export interface FactContext {
  /** A fresh, system-scoped transaction. */
  em: EntityManager;
  desired: Desired;
  deliveryId: string;
  attempt: number;
  log: Logger;
}

export interface HookTaps {
  /** Change the draft by returning it, or throw `Veto`. 2 s at most. Lower `stage` runs earlier (default 0). */
  before<N extends HookName>(
    name: N,
    tap: (draft: HookDraft<N>, ctx: HookContext) => Promise<HookDraft<N>> | HookDraft<N>,
    stage?: number,
  ): void;
  /** Add, change or mark for deletion your own desired-state rows. */
  with<N extends HookName>(
    name: N,
    tap: (subject: HookSubject<N>, ctx: HookContext) => Promise<void> | void,
    stage?: number,
  ): void;
  /** Learn of a committed fact. Each tap has its own delivery and retry. */
  after<N extends HookName>(
    name: N,
    tap: (fact: HookFact<N>, ctx: FactContext) => Promise<void> | void,
  ): void;
}

/** Run a hook from a route or job: before -> `body` -> with -> fact into the outbox. */
export interface HookRunner {
  run<N extends HookName>(
    name: N,
    draft: HookDraft<N>,
    body: (draft: HookDraft<N>) => Promise<{ subject: HookSubject<N>; fact: HookFact<N> }>,
  ): Promise<HookSubject<N>>;
}
