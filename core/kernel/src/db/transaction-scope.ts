import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';

/** Work that runs right before the commit, lowest first. The audit chain is last because its lock is one for all. */
export const commitOrder = { wake: 10, audit: 100 } as const;

interface Step {
  order: number;
  run: (em: EntityManager) => Promise<void>;
}

/**
 * What belongs to one transaction of `Database` beside its rows: the id that all its changes share (for undo) and
 * the work that waits for the commit.
 */
export class TransactionScope {
  readonly changeId = randomUUID();
  readonly #steps: Step[] = [];
  readonly #values = new Map<symbol, unknown>();

  constructor(
    readonly path: string,
    readonly readOnly: boolean,
  ) {}

  beforeCommit(order: number, run: (em: EntityManager) => Promise<void>): void {
    if (this.readOnly) throw new Error('This transaction only reads. Use db.transaction for changes.');
    this.#steps.push({ order, run });
  }

  /** A value kept for the length of the transaction, made at its first use. */
  value<T>(key: symbol, make: () => T): T {
    if (!this.#values.has(key)) this.#values.set(key, make());
    return this.#values.get(key) as T;
  }

  async finish(em: EntityManager): Promise<void> {
    // A step may add others (an audit row written by a step), so look again until none is left.
    while (this.#steps.length > 0) {
      this.#steps.sort((a, b) => a.order - b.order);
      const step = this.#steps.shift();
      if (step) await step.run(em);
    }
  }
}

const byContext = new WeakMap<object, TransactionScope>();
const ended = new WeakSet<TransactionScope>();
const current = new AsyncLocalStorage<TransactionScope>();

export function runInScope<T>(scope: TransactionScope, work: () => Promise<T>): Promise<T> {
  return current.run(scope, () => work().finally(() => ended.add(scope)));
}

/** Whether whoever asks runs inside a transaction. */
export function inScope(): boolean {
  const scope = current.getStore();
  // What a transaction has set off without waiting for it goes on in its context when it is over.
  return scope !== undefined && !ended.has(scope);
}

export function bindScope(em: EntityManager, scope: TransactionScope): void {
  const context: object | undefined = em.getTransactionContext();
  if (context) byContext.set(context, scope);
}

/**
 * The scope of the entity manager's transaction. A savepoint (`em.transactional` inside) belongs to the transaction
 * around it.
 */
export function scopeOf(em: EntityManager): TransactionScope {
  const context: object | undefined = em.getTransactionContext();
  const scope = (context ? byContext.get(context) : undefined) ?? (context ? current.getStore() : undefined);
  if (!scope) throw new Error('This needs a transaction of the kernel. Use db.transaction.');
  return scope;
}
