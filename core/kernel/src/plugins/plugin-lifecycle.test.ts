import { chmod, cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestPanel, type TestPanel } from '@tenpanel/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CrashGuard } from './crash-guard.js';

const repository = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const accounts = repository('plugins/accounts');
const hello = repository('docs/examples/hello');

interface View {
  id: string;
  state: string;
  reason: string | null;
  enabled: boolean;
  version: string;
  dependants: string[];
  keptData: string | null;
  driver: { sha256: string; approvedSha256: string | null } | null;
}

let dir: string;
let panel: TestPanel;
const view = async (id: string) => (await panel.api.get<View>(`/plugins/${id}`)).body;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tenpanel-lifecycle-'));
  panel = await startTestPanel({ plugins: [accounts] });
});
afterAll(async () => {
  await panel?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** What a supervisor does when web and worker end with status 75. */
async function restarting(
  act: () => Promise<unknown>,
  changes?: Parameters<TestPanel['restart']>[0],
): Promise<void> {
  let restart: () => void = () => undefined;
  const wanted = new Promise<void>((resolve) => (restart = resolve));
  await panel.kernel.onRestartWanted(restart);
  await act();
  await wanted;
  await panel.restart(changes);
}

describe('the life of a plugin', () => {
  it('is loaded from a folder of the server without a rebuild', async () => {
    expect((await panel.api.get('/greetings')).status).toBe(404);
    await restarting(async () => {
      const { status, body } = await panel.api.post('/plugins', { path: hello });
      expect([status, body]).toEqual([202, { id: 'hello', restarting: true }]);
    });
    expect(await view('hello')).toMatchObject({
      state: 'running',
      tier: 'local',
      source: hello,
      enabled: true,
    });
    expect((await panel.api.get('/greetings')).status).toBe(200);
  });

  it('refuses a folder that holds no plugin, in words', async () => {
    for (const [path, reason] of [
      ['relative/path', /absolute path/],
      ['/etc', /package\.json cannot be read/],
      [repository('docs'), /package\.json cannot be read/],
      [repository('sdk/plugin'), /has no key "tenpanel"/],
    ] as const) {
      const { status, body } = await panel.api.post<{ detail: string; errors: { path: string[] }[] }>(
        '/plugins',
        { path },
      );
      expect(status).toBe(422);
      expect(body.detail).toMatch(reason);
    }
  });

  it('refuses a folder that others than root and the panel can change', async () => {
    const open = join(dir, 'open');
    await cp(hello, open, { recursive: true, filter: (path) => !path.includes('node_modules') });
    const add = () => panel.api.post<{ detail: string }>('/plugins', { path: open });
    for (const path of [open, join(open, 'src', 'index.js')]) {
      const { mode } = await stat(path);
      await chmod(path, 0o777);
      const { status, body } = await add();
      expect(status).toBe(422);
      expect(body.detail).toContain(`${path} can be changed by others`);
      await chmod(path, mode & 0o777);
    }
    // Now it is only the id that is taken.
    expect((await add()).body.detail).toContain('A plugin with the id hello is in');
  });

  it('may be looked at and changed by administrators only', async () => {
    const reseller = await panel.as('reseller');
    expect((await reseller.get('/plugins')).status).toBe(403);
    expect((await reseller.post('/plugins/hello/disable', {})).status).toBe(403);
  });

  it('is not disabled while others need it, unless all go together', async () => {
    expect((await view('accounts')).dependants).toEqual(['hello']);
    const refused = await panel.api.post<{ code: string; detail: string }>('/plugins/accounts/disable', {});
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'plugin.hasDependants',
      detail: expect.stringContaining('need accounts: hello') as string,
    });
    await restarting(async () => {
      const { body } = await panel.api.post('/plugins/accounts/disable', { withDependants: true });
      expect(body['disabled']).toEqual(['hello', 'accounts']);
    });
    expect(await view('hello')).toMatchObject({ state: 'disabled', enabled: false });
    expect((await panel.api.get('/accounts')).status).toBe(404);
  });

  it('is blocked with the reason when it is enabled without what it needs, and comes back with its data', async () => {
    await restarting(() => panel.api.post('/plugins/hello/enable'));
    expect(await view('hello')).toMatchObject({
      state: 'blocked',
      reason: expect.stringMatching(/needs accounts \^1\.0\.0, which no enabled plugin provides/) as string,
    });
    await restarting(() => panel.api.post('/plugins/accounts/enable'));
    expect(await view('hello')).toMatchObject({ state: 'running', reason: null });
  });

  it('is left out in safe mode unless it is essential, and returns afterwards', async () => {
    await panel.restart({ config: { safeMode: true } });
    expect(await view('hello')).toMatchObject({
      state: 'blocked',
      enabled: true,
      reason: expect.stringMatching(/Safe mode/) as string,
    });
    await panel.restart();
    expect(await view('hello')).toMatchObject({ state: 'running' });
  });

  it('is skipped after it has taken the start down twice, until it is enabled again', async () => {
    const guard = new CrashGuard(panel.kernel.config.stateDir, 'test', Date.now);
    guard.record('hello');
    guard.record('hello');
    await panel.restart();
    expect(await view('hello')).toMatchObject({
      state: 'failed',
      enabled: true,
      reason: expect.stringMatching(/twice within a minute/) as string,
    });
    await restarting(() => panel.api.post('/plugins/hello/enable'));
    expect(await view('hello')).toMatchObject({ state: 'running' });
  });

  it('keeps its data over an uninstall, and loses them by a purge', async () => {
    const tables = async () => {
      const client = new pg.Client(panel.database.adminUrl);
      await client.connect();
      const { rows } = await client.query(
        `select 1 from information_schema.tables where table_schema = 'plg_hello'`,
      );
      await client.end();
      return rows.length;
    };
    await restarting(() => panel.api.post('/plugins/hello/uninstall', { data: 'keep' }));
    expect(await view('hello').catch(() => null)).toMatchObject({ status: 404 });
    expect(await tables()).toBe(1);
    await restarting(() => panel.api.post('/plugins', { path: hello }));
    expect(await view('hello')).toMatchObject({ state: 'running' });
    await restarting(() => panel.api.post('/plugins/hello/uninstall', { data: 'purge' }));
    expect(await tables()).toBe(0);
  });

  it('is not purged while it still manages something on the server', async () => {
    const plan = await panel.api.post<{ id: number }>('/plans', { name: 'Small', limits: {} });
    await panel.api.post('/accounts', { name: 'alice', plan: plan.body.id });
    const { status, body } = await panel.api.post<{ code: string; detail: string }>(
      '/plugins/accounts/uninstall',
      { data: 'purge' },
    );
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'plugin.hasResources',
      detail: expect.stringContaining('1 rows of account') as string,
    });
  });

  it('never runs in an older version than the one that wrote its data', async () => {
    const old = join(dir, 'accounts');
    await cp(accounts, old, { recursive: true, filter: (path) => !path.includes('node_modules') });
    const meta = JSON.parse(await readFile(join(old, 'package.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(old, 'package.json'), JSON.stringify({ ...meta, version: '0.0.9' }));
    await panel.restart({ plugins: [old] });
    expect(await view('accounts')).toMatchObject({
      state: 'blocked',
      reason: expect.stringMatching(/0\.0\.9 is older than 0\.1\.0, which has written its data/) as string,
    });
    await panel.restart();
    expect(await view('accounts')).toMatchObject({ state: 'running' });
  });
});
