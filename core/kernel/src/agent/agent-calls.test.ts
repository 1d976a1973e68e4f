import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPanel, type TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../db/sql.js';

const driver = {
  id: 'lamp',
  version: 1,
  roots: {},
  services: {},
  commands: {
    light: {
      program: '/usr/bin/true',
      argv: ['{colour}'],
      args: { colour: { pattern: 'red|green', maxLength: 8 } },
    },
  },
  logs: {},
  globs: {},
  packages: { base: { debian: ['lamp'], rhel: ['lamp'] } },
  repositories: {},
  groups: {},
  directories: [],
};

let dir: string;
let panel: TestPanel;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tenpanel-lamp-'));
  const lamp = join(dir, 'lamp');
  await mkdir(lamp);
  const manifest = {
    id: 'lamp',
    api: '^1.0.0',
    tier: 'local',
    title: 'Lamp',
    driver: 'driver.json',
    packages: ['base'],
    operations: ['exec', 'agent.info', 'package.install', 'package.status'],
    permissions: { 'lamp.light.write': { title: 'Light', roles: ['admin'] } },
  };
  await writeFile(
    join(lamp, 'package.json'),
    JSON.stringify({
      name: 'lamp',
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
      tenpanel: manifest,
    }),
  );
  await writeFile(join(lamp, 'driver.json'), JSON.stringify(driver));
  await writeFile(
    join(lamp, 'index.js'),
    `const light = (path, colour) => ({ method: 'POST', path, permission: 'lamp.light.write', summary: 'Light', preview: false,
      handler: async ({ agent, reply }) => { await agent('agent.info', {}); await agent('exec', { driver: 'lamp', command: 'light', args: { colour } }); return reply(204); } });
    export default { id: 'lamp', setup(kit) { kit.route(light('/lamp/red', 'red')); kit.route(light('/lamp/blue', 'blue')); } };`,
  );
  panel = await startTestPanel({ plugins: [lamp] });
});
afterAll(async () => {
  await panel?.stop();
  await rm(dir, { recursive: true, force: true });
});

const rows = () =>
  panel.kernel.db.read('/', (em) =>
    sql<{ action: string; outcome: string; object: string; actor: string }>(
      em,
      `select action, outcome, object, actor_name as actor from kernel.audit where action like 'agent %' order by id`,
    ),
  );

describe('a call of the root agent from a route', () => {
  it('leaves an intent before and an outcome after, with the person’s name; looking leaves nothing', async () => {
    expect((await panel.api.post('/lamp/red')).status).toBe(204);
    const who = expect.stringContaining(panel.api.me.email) as string;
    expect(await rows()).toEqual([
      { action: 'agent exec', outcome: 'intent', object: 'lamp/light', actor: who },
      { action: 'agent exec', outcome: 'ok', object: 'lamp/light', actor: who },
    ]);
  });

  it('that fails keeps its rows, although the request’s own transaction is rolled back', async () => {
    expect((await panel.api.post('/lamp/blue')).status).toBeGreaterThanOrEqual(400);
    expect((await rows()).slice(2).map(({ outcome }) => outcome)).toEqual(['intent', 'failed']);
  });
});

describe('the host driver of a plugin', () => {
  const view = async () =>
    (await panel.api.get<{ state: string; reason: string | null }>('/plugins/lamp')).body;

  it('must be the one that root has approved; the page says how', async () => {
    panel.agent.installDriver({ ...driver, version: 2 }, '0'.repeat(64));
    await panel.restart({ approve: false });
    expect(await view()).toMatchObject({
      state: 'blocked',
      reason: expect.stringMatching(/differs from the approved one.*tenpanel plugin approve lamp/) as string,
    });
    panel.agent.state.drivers.delete('lamp');
    await panel.restart({ approve: false });
    expect(await view()).toMatchObject({
      state: 'blocked',
      reason: expect.stringMatching(/not approved yet.*tenpanel plugin approve lamp/) as string,
    });
    await panel.restart();
    expect(await view()).toMatchObject({ state: 'running', reason: null });
  });

  it('brings system packages, which are installed as a job that then enables the plugin', async () => {
    const { status, body } = await panel.api.post<{ jobId: string; restarting: boolean }>(
      '/plugins/lamp/enable',
    );
    expect(status).toBe(202);
    expect(body).toMatchObject({ jobId: expect.any(String) as string, restarting: false });
    await panel.settle();
    expect(panel.agent.state.packages.has('lamp/base')).toBe(true);
    expect((await panel.api.post<{ jobId: null }>('/plugins/lamp/enable')).body).toMatchObject({
      jobId: null,
      restarting: true,
    });
  });
});
