import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../postgres/test-server.js';
import { runStarts } from './run-starts.js';

let dir: string;
const calls = (): string[] => ((globalThis as { startCalls?: string[] }).startCalls ??= []);

async function plugin(id: string, setup: string): Promise<string> {
  const folder = join(dir, id);
  await mkdir(folder, { recursive: true });
  const tenpanel = { id, api: '^1.0.0', tier: 'local', title: id };
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: id, version: '1.0.0', type: 'module', exports: './index.js', tenpanel }),
  );
  await writeFile(
    join(folder, 'index.js'),
    `const calls = (globalThis.startCalls ??= []);
     export default { id: '${id}', async setup(kit) { calls.push('setup of ${id}'); ${setup} } };`,
  );
  return folder;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tenpanel-start-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('kit.onStart', () => {
  it('is called once in the worker, when all plugins are set up, and an error in it fails nobody', async () => {
    const plugins = [
      await plugin('a-stumbler', `kit.onStart(async () => { throw new Error('not today'); });`),
      await plugin('b-starter', `kit.onStart(async () => { calls.push('start of b'); });`),
      await plugin('c-late', ''),
    ];
    const panel = await startTestPanel({ plugins, worker: false });
    try {
      expect(calls().splice(0)).toEqual(['setup of a-stumbler', 'setup of b-starter', 'setup of c-late']);
      await panel.kernel.runStarts();
      expect(calls().splice(0)).toEqual(['start of b']);
      const { body } = await panel.api.get<{ items: { state: string }[] }>('/plugins');
      expect(body.items.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
    } finally {
      await panel.stop();
    }
  });

  it('that never ends holds the worker up for a moment only', async () => {
    const done: string[] = [];
    const starts = [
      { plugin: 'hanging', start: () => new Promise<void>(() => undefined) },
      { plugin: 'quick', start: () => Promise.resolve(void done.push('quick')) },
    ];
    const before = Date.now();
    await runStarts(starts, silentLog, 50);
    expect(done).toEqual(['quick']);
    expect(Date.now() - before).toBeLessThan(2_000);
  });
});
