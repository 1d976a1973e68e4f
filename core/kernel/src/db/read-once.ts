import { AsyncLocalStorage } from 'node:async_hooks';

interface Memory {
  values: Map<string, Promise<unknown>>;
  over: boolean;
}
const current = new AsyncLocalStorage<Memory>();

/** One request, or one look at an object: what `readOnce` reads is read once in it, and forgotten at its end. */
export async function rememberReads<T>(work: () => Promise<T>): Promise<T> {
  const memory: Memory = { values: new Map(), over: false };
  try {
    return await current.run(memory, work);
  } finally {
    // What the work has set off without waiting for it goes on in its context, and must not see old values.
    memory.over = true;
  }
}

export function readOnce<T>(key: string, read: () => Promise<T>): Promise<T> {
  const memory = current.getStore();
  if (!memory || memory.over) return read();
  const known = memory.values.get(key) as Promise<T> | undefined;
  if (known) return known;
  const value = read();
  memory.values.set(key, value);
  return value;
}

/** It has been changed: the next one reads it anew. */
export function readAgain(key: string): void {
  current.getStore()?.values.delete(key);
}
