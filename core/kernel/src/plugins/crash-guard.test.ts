import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CrashGuard } from './crash-guard.js';

let dir: string;
let now = 0;
const start = (process = 'web') => new CrashGuard(dir, process, () => now);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tenpanel-guard-'));
  now = 1_000_000;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A start that ends while the plugin is being loaded. */
function crash(plugin: string): void {
  const guard = start();
  guard.recall();
  guard.starting(plugin);
  now += 5_000;
}

describe('the crash guard', () => {
  it('skips a plugin that took the start down twice within a minute, and only that one', () => {
    crash('bad');
    expect([...start().recall()]).toEqual([]);
    crash('bad');
    expect([...start().recall()]).toEqual(['bad']);
    expect([...start().recall()], 'it stays skipped over later starts').toEqual(['bad']);
  });

  it('forgives crashes that lie more than a minute apart', () => {
    crash('bad');
    start().recall();
    now += 60_000;
    crash('bad');
    expect([...start().recall()]).toEqual([]);
  });

  it('gives a plugin another chance when it is enabled again', () => {
    crash('bad');
    crash('bad');
    const guard = start();
    guard.recall();
    guard.forgive('bad');
    expect([...start().recall()]).toEqual([]);
  });

  it('does not blame a plugin for a start that ended well or was asked to end', () => {
    for (let times = 0; times < 3; times += 1) {
      const guard = start();
      guard.recall();
      guard.starting('good');
      guard.done();
    }
    expect([...start().recall()]).toEqual([]);
  });

  it('counts web and worker together, because both load the same code', () => {
    const web = start('web');
    web.recall();
    web.starting('bad');
    const worker = start('worker');
    worker.recall();
    worker.starting('bad');
    start('web').recall();
    expect([...start('worker').recall()]).toEqual(['bad']);
  });
});
