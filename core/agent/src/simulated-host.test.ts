import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testAgent, type TestAgent } from './testing/agent-process.js';

// Only the temporary folder's place needs root here; the simulated host itself does not.
describe.skipIf(process.geteuid?.() !== 0)('the simulated host', () => {
  let t: TestAgent;
  beforeAll(async () => {
    t = await testAgent({ simulated: true });
  });
  afterAll(() => t.end());

  it('says what it is', async () => {
    expect(await t.agent.call('agent.info', {})).toMatchObject({
      simulated: true,
      cgroup: { version: 0, reason: 'This is a simulated host: no limit is held.' },
    });
  });

  it('applies files below its folder, and starts nothing', async () => {
    const toy = { driver: 'toy', service: 'toy' };
    expect(await t.agent.call('service.enable', toy)).toMatchObject({
      state: 'running',
      enabled: true,
      pid: null,
    });
    expect(await t.agent.call('config.apply', t.change('vhost/1', 'bad\n'))).toMatchObject({ changed: true });
    expect(t.conf('x').startsWith(join(t.folder, 'host/'))).toBe(true);
    expect(t.read('vhost-1.conf')).toBe('bad\n');
    expect(existsSync(join(t.folder, 'toy.sock'))).toBe(false);
    expect(await t.agent.call('config.rollback', { driver: 'toy', resource: 'vhost/1' })).toMatchObject({
      changed: true,
    });
    expect(t.read('vhost-1.conf')).toBeNull();
    expect((await t.agent.call('config.drift', {})).drifted).toEqual([]);
  });

  it('keeps accounts and their files there, and leaves the real users alone', async () => {
    // eslint-disable-next-line no-restricted-syntax -- the account's log-in shell, not a way to run programs
    const { uid } = await t.agent.call('account.ensure', { account: 'simuser', shell: true });
    expect(uid).toBe(20_000);
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('simuser');
    expect(existsSync(join(t.folder, 'host/home/simuser/domains'))).toBe(true);
    expect(await t.agent.call('account.remove', { account: 'simuser', purge: true })).toEqual({
      removed: true,
    });
    expect(existsSync('/home/simuser')).toBe(false);
  });

  it('remembers packages and services over a restart', async () => {
    expect(await t.agent.call('package.install', { driver: 'toy', set: 'base' })).toEqual({
      installed: ['coreutils', 'tenpanel-no-such-package'],
    });
    await t.kill();
    await t.start();
    expect(await t.agent.call('package.status', { driver: 'toy', set: 'base' })).toMatchObject({
      missing: [],
    });
    expect(await t.agent.call('service.status', { driver: 'toy', service: 'toy' })).toMatchObject({
      state: 'running',
      enabled: true,
    });
    expect(await t.agent.call('exec', { driver: 'toy', command: 'echo', args: { word: 'a' } })).toMatchObject(
      { stderr: 'simulated: not run' },
    );
  });
});
