import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SharedStore } from '../contracts.js';
import { silentLog } from '../postgres/test-server.js';
import { createRedisStore } from './create-redis-store.js';

const program = ['/usr/bin/redis-server', '/usr/bin/valkey-server'].find(existsSync);

// Skipped where neither redis-server nor valkey-server is installed; the test host has it.
describe.skipIf(!program)('the Redis store', () => {
  let folder: string;
  let server: ChildProcess;
  let store: SharedStore;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tenpanel-redis-'));
    const socket = path.join(folder, 'redis.sock');
    server = spawn(program ?? '', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder], {
      stdio: 'ignore',
    });
    while (!existsSync(socket)) await pause(20);
    store = createRedisStore(socket, silentLog);
  });

  afterAll(async () => {
    await store?.close();
    server?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('forgets values when their time is over', async () => {
    await store.set('a', '1', 0.2);
    expect(await store.get('a')).toBe('1');
    await pause(300);
    expect(await store.get('a')).toBeNull();
  });

  it('sets only what is absent', async () => {
    expect(await store.setIfAbsent('b', '1', 10)).toBe(true);
    expect(await store.setIfAbsent('b', '2', 10)).toBe(false);
    expect(await store.get('b')).toBe('1');
    await store.delete('b');
    expect(await store.get('b')).toBeNull();
  });

  it('counts within a window that begins with the first count', async () => {
    expect(await store.increment('c', 0.4)).toBe(1);
    await pause(250);
    expect(await store.increment('c', 0.4)).toBe(2);
    await pause(250);
    expect(await store.increment('c', 0.4)).toBe(1);
  });
});
