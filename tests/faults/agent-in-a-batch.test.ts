import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failpointNames } from '@tenpanel/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cannotRunForReal, testAgent, type TestAgent } from '../../core/agent/src/testing/agent-process.js';

const reason = cannotRunForReal();
const passed = failpointNames.filter((name) => /^agent\.config\.(?!restore|recover)/.test(name));
const putBack = failpointNames.filter((name) => name.startsWith('agent.config.restore'));
const recovery = failpointNames.filter((name) => name.startsWith('agent.config.recover'));

describe.skipIf(reason !== null)(`an agent that fails in the middle (${reason ?? 'for real'})`, () => {
  let t: TestAgent;
  let next = 100;
  const toy = { driver: 'toy', service: 'toy' };
  const site = () => `vhost/${next++}`;
  const fileOf = (resource: string) => `${resource.replace('/', '-')}.conf`;

  /** Old or new, the service runs what is on the disk, and nothing is left lying about. */
  const expectWhole = async () => {
    expect(readdirSync(join(t.folder, 'state/journal'))).toEqual([]);
    expect(readdirSync(t.conf('')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect((await t.agent.call('config.drift', { driver: 'toy' })).drifted).toEqual([]);
    expect(await t.agent.call('service.status', toy)).toMatchObject({ state: 'running' });
    await expect.poll(() => t.loaded(), { timeout: 20_000 }).toBe(t.read('generation.conf'));
  };

  beforeAll(async () => {
    t = await testAgent();
    await t.agent.call('service.start', toy);
    await vi.waitFor(() => t.reloads(), { timeout: 30_000, interval: 50 });
    await t.agent.call('config.apply', t.change('vhost/1', 'one\n'));
  });
  afterAll(() => t.end());

  describe.each(passed)('killed at %s', (name) => {
    it.each(['create', 'change', 'remove'])('keeps the old files or has the new ones: %s', async (what) => {
      const resource = site();
      const before = what === 'create' ? null : 'old\n';
      const after = what === 'remove' ? null : 'new\n';
      if (before) await t.agent.call('config.apply', t.change(resource, before));
      const change = t.change(resource, after, { generation: 2 });
      t.fault(name, 'kill');
      const answer = t.agent.call('config.apply', change).catch((error: unknown) => error);
      await t.gone();
      expect(t.armed(name)).toBe(false);
      expect(await answer).toMatchObject({ code: 'agent.unavailable' });
      await t.start();
      const committed = /\.(commit\.(written|after)|ledger|end)/.test(name);
      expect(t.read(fileOf(resource))).toBe(committed ? after : before);
      await expectWhole();
      expect(await t.agent.call('config.apply', change)).toMatchObject({ changed: !committed });
      expect(t.read(fileOf(resource))).toBe(after);
    });
  });

  it.each(putBack)('killed at %s, while a refused change is put back', async (name) => {
    const resource = site();
    t.fault('agent.config.probe.after', 'error:EIO');
    t.fault(name, 'kill');
    const answer = t.agent.call('config.apply', t.change(resource, 'new\n')).catch((error: unknown) => error);
    await t.gone();
    expect(await answer).toMatchObject({ code: 'agent.unavailable' });
    await t.start();
    expect(t.read(fileOf(resource))).toBeNull();
    await expectWhole();
  });

  it.each(recovery)('killed again at %s, while it cleans up after a kill', async (name) => {
    const resource = site();
    await t.agent.call('config.apply', t.change(resource, 'old\n'));
    t.fault('agent.config.commit.before', 'kill');
    const change = t.change(resource, 'new\n', { generation: 2 });
    const answer = t.agent.call('config.apply', change).catch((error: unknown) => error);
    await t.gone();
    await answer;
    t.fault(name, 'kill');
    await expect(t.start()).rejects.toThrow('the agent ended');
    await t.start();
    expect(t.read(fileOf(resource))).toBe('old\n');
    await expectWhole();
  });

  it('lets nothing be written over files that could not be put back, and goes on once they are', async () => {
    const resource = site();
    await t.agent.call('config.apply', t.change(resource, 'old\n'));
    t.fault('agent.config.probe.after', 'error:EIO');
    t.fault('agent.config.restore.before', 'error:ENOSPC');
    const change = t.change(resource, 'new\n', { generation: 2 });
    await expect(t.agent.call('config.apply', change)).rejects.toThrow('EIO');
    t.fault('agent.config.restore.before', 'error:ENOSPC');
    await expect(t.agent.call('config.apply', t.change('vhost/1', 'uno\n'))).rejects.toThrow(
      'could not be finished',
    );
    expect(await t.agent.call('config.apply', t.change('vhost/1', 'two\n', { generation: 2 }))).toMatchObject(
      {
        changed: true,
      },
    );
    expect(t.read(fileOf(resource))).toBe('old\n');
    await t.kill();
    await t.start();
    expect(t.read('vhost-1.conf')).toBe('two\n');
    await expectWhole();
  });

  it('answers that a committed change is made, also when it could not be entered into the ledger at once', async () => {
    const resource = site();
    await t.agent.call('config.apply', t.change(resource, 'old\n'));
    t.fault('agent.config.ledger.before', 'error:ENOSPC');
    expect(await t.agent.call('config.apply', t.change(resource, 'new\n', { generation: 2 }))).toMatchObject({
      changed: true,
    });
    expect(
      await t.agent.call('config.apply', t.change(resource, 'newer\n', { generation: 3 })),
    ).toMatchObject({ changed: true });
    await t.kill();
    await t.start();
    expect(t.read(fileOf(resource))).toBe('newer\n');
    await expectWhole();
  });

  it('leaves no journal behind when the disk is full before the first line', async () => {
    t.fault('agent.config.journal.written', 'error:ENOSPC');
    await expect(t.agent.call('config.apply', t.change(site(), 'x\n'))).rejects.toThrow('no space is left');
    await expectWhole();
  });

  it('starts beside a journal and a manifest that a disk has damaged', async () => {
    const resource = site();
    await t.agent.call('config.apply', t.change(resource, 'fine\n'));
    await t.kill();
    writeFileSync(join(t.folder, 'state/journal/7.jsonl'), '\0\0\0\0\n{"commit":true}\n');
    writeFileSync(join(t.folder, `state/manifests/toy/toy/${resource}.json`), '\0\0\0\0');
    await t.start();
    expect(t.log()).toContain('config.manifestDamaged');
    expect(await t.agent.call('config.apply', t.change(resource, 'fine\n'))).toMatchObject({
      changed: false,
    });
    await expectWhole();
    rmSync(join(t.folder, `state/manifests/toy/toy/${resource}.json.damaged`));
  });
});
