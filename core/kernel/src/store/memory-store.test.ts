import { describe, expect, it } from 'vitest';
import { createMemoryStore } from './create-memory-store.js';

describe('the memory store', () => {
  let now = 0;
  const store = createMemoryStore(() => now);

  it('forgets values when their time is over', async () => {
    await store.set('a', '1', 10);
    now += 9_999;
    expect(await store.get('a')).toBe('1');
    now += 1;
    expect(await store.get('a')).toBeNull();
  });

  it('sets only what is absent', async () => {
    expect(await store.setIfAbsent('b', '1', 10)).toBe(true);
    expect(await store.setIfAbsent('b', '2', 10)).toBe(false);
    now += 10_000;
    expect(await store.setIfAbsent('b', '3', 10)).toBe(true);
    await store.delete('b');
    expect(await store.get('b')).toBeNull();
  });

  it('counts within a window that begins with the first count', async () => {
    expect(await store.increment('c', 10)).toBe(1);
    now += 6_000;
    expect(await store.increment('c', 10)).toBe(2);
    now += 4_000;
    expect(await store.increment('c', 10)).toBe(1);
  });

  it('does not grow without end', async () => {
    for (let i = 0; i < 100_050; i += 1) await store.set(`k${i}`, 'x', 1_000);
    expect(await store.get('k0')).toBeNull();
    expect(await store.get('k100049')).toBe('x');
  });
});
