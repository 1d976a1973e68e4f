import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cannotRunForReal, testAgent, type TestAgent } from '../testing/agent-process.js';

const reason = cannotRunForReal();

// The real agent as root, with real mounts, under the real supervisor.
describe.skipIf(reason !== null)(`config transactions (${reason ?? 'for real'})`, () => {
  let t: TestAgent;
  const toy = { driver: 'toy', service: 'toy' };
  beforeAll(async () => {
    t = await testAgent();
    await t.agent.call('service.start', toy);
    // The supervisor takes a process for started after a second, however slow the machine is.
    await vi.waitFor(() => t.reloads(), { timeout: 30_000, interval: 50 });
  });
  afterAll(() => t.end());

  it('writes, reloads, and answers only when the service has the new generation', async () => {
    const before = await t.reloads();
    const applied = await t.agent.call('config.apply', t.change('vhost/1', 'one\n'));
    expect(applied).toMatchObject({ changed: true, files: 1 });
    expect(t.read('vhost-1.conf')).toBe('one\n');
    expect(statSync(t.conf('vhost-1.conf')).mode & 0o777).toBe(0o640);
    expect(t.read('generation.conf')).toBe(String(applied.batch));
    expect(await t.reloads()).toBe(before + 1);
  });

  it('changes nothing when the disk is as wanted, but remembers the generation', async () => {
    await t.agent.call('config.apply', t.change('vhost/4', 'one\n'));
    const before = await t.reloads();
    expect(await t.agent.call('config.apply', t.change('vhost/4', 'one\n', { generation: 5 }))).toMatchObject(
      { changed: false },
    );
    expect(await t.reloads()).toBe(before);
    await expect(
      t.agent.call('config.apply', t.change('vhost/4', 'old\n', { generation: 4 })),
    ).rejects.toMatchObject({ code: 'agent.stale' });
  });

  it('refuses what does not validate with the validator’s words, and the host never saw it', async () => {
    const before = await t.reloads();
    const error = await t.agent
      .call('config.apply', t.change('vhost/2', 'bad\n'))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'agent.invalidConfig' });
    expect(String(error)).toContain('vhost-2.conf:1: bad is not a word');
    expect(t.read('vhost-2.conf')).toBeNull();
    expect(await t.reloads()).toBe(before);
  });

  it('shares one reload among changes that arrive together, and sets only the guilty aside', async () => {
    // They arrive while a batch runs, however slow the machine is: it ends only when all of them are there.
    t.fault('agent.config.commit.before', 'hold');
    const running = t.agent.call('config.apply', t.change('many/first', 'first\n'));
    await expect.poll(() => t.read('many-first.conf'), { timeout: 20_000 }).toBe('first\n');
    const arriving = Array.from({ length: 20 }, (_, index) =>
      t.agent.call(
        'config.apply',
        t.change(`many/${index}`, index === 7 || index === 13 ? 'bad\n' : `site ${index}\n`),
      ),
    );
    const all = Promise.allSettled(arriving);
    await t.agent.call('agent.info', {});
    const before = await t.reloads();
    t.release('agent.config.commit.before');
    await running;
    const results = await all;
    const failed = results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []));
    expect(failed).toEqual([7, 13]);
    for (const index of failed) {
      const result = results[index];
      expect(result?.status === 'rejected' ? String(result.reason) : '').toContain(
        `many-${index}.conf:1: bad`,
      );
    }
    expect(t.read('many-19.conf')).toBe('site 19\n');
    expect(t.read('many-13.conf')).toBeNull();
    // One for all; two when the machine was so slow that some came after the others had begun.
    expect((await t.reloads()) - before).toBeLessThanOrEqual(2);
  });

  it('puts everything back when the service does not survive the reload', async () => {
    await t.agent.call('config.apply', t.change('vhost/5', 'five\n'));
    const results = await Promise.allSettled([
      t.agent.call('config.apply', t.change('vhost/5', 'die\n', { generation: 6 })),
      t.agent.call('config.apply', t.change('vhost/3', 'three\n')),
    ]);
    // A service that dies is noticed by the reload or, a moment later, by the probe.
    const code = expect.stringMatching(/^agent\.(probeFailed|serviceFailed)$/);
    expect(results[0]).toMatchObject({ status: 'rejected', reason: { code } });
    expect(results[1]).toMatchObject({ status: 'fulfilled', value: { changed: true } });
    expect(t.read('vhost-5.conf')).toBe('five\n');
    expect(t.read('vhost-3.conf')).toBe('three\n');
    expect(await t.agent.call('service.status', toy)).toMatchObject({ state: 'running' });
    expect(await t.loaded()).toBe(t.read('generation.conf'));
  }, 120_000);

  it('refuses to overwrite what was edited by hand, shows it, and obeys force', async () => {
    await t.agent.call('config.apply', t.change('vhost/6', 'six\n'));
    writeFileSync(t.conf('vhost-6.conf'), 'by hand\n');
    const wanted = t.change('vhost/6', 'seven\n', { generation: 7 });
    const error = await t.agent.call('config.apply', wanted).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'agent.drift',
      details: { drifted: [{ state: 'edited', resource: 'vhost/6' }] },
    });
    const { drifted } = await t.agent.call('config.drift', { driver: 'toy' });
    expect(drifted.map((file) => [file.path, file.state])).toEqual([['vhost-6.conf', 'edited']]);
    const plan = await t.agent.call('config.plan', wanted);
    expect(plan.files).toMatchObject([{ action: 'change', before: 'by hand\n', after: 'seven\n' }]);
    expect(t.read('vhost-6.conf')).toBe('by hand\n');
    await t.agent.call('config.apply', { ...wanted, force: true });
    expect(t.read('vhost-6.conf')).toBe('seven\n');
  });

  it('keeps what was edited by hand where it is told to, lets the service read it, and refuses it when it is wrong', async () => {
    await t.agent.call('config.apply', t.change('vhost/36', 'six\n'));
    writeFileSync(t.conf('vhost-36.conf'), 'by hand\n');
    const [file] = (await t.agent.call('config.drift', { driver: 'toy' })).drifted;
    const keep = [{ root: 'conf', path: 'vhost-36.conf', sha256: file?.currentSha256 ?? null }];
    const wanted = { ...t.change('vhost/36', 'seven\n', { generation: 7 }), keep };
    const before = await t.reloads();
    expect(await t.agent.call('config.apply', wanted)).toMatchObject({ changed: true, files: 0 });
    expect(await t.reloads()).toBe(before + 1);
    expect(t.read('vhost-36.conf')).toBe('by hand\n');
    expect((await t.agent.call('config.drift', { driver: 'toy' })).drifted).toEqual([]);
    expect(await t.agent.call('config.apply', wanted)).toMatchObject({ changed: false });
    writeFileSync(t.conf('vhost-36.conf'), 'bad\n');
    const [again] = (await t.agent.call('config.drift', { driver: 'toy' })).drifted;
    const wrong = [{ root: 'conf', path: 'vhost-36.conf', sha256: again?.currentSha256 ?? null }];
    await expect(t.agent.call('config.apply', { ...wanted, keep: wrong })).rejects.toMatchObject({
      code: 'agent.invalidConfig',
    });
    await t.agent.call('config.apply', { ...wanted, keep: [], force: true });
    expect(t.read('vhost-36.conf')).toBe('seven\n');
  });

  it('adopts a file that somebody made just as wanted, and refuses one that is different', async () => {
    writeFileSync(t.conf('vhost-8.conf'), 'eight\n');
    expect(await t.agent.call('config.apply', t.change('vhost/8', 'eight\n'))).toMatchObject({
      changed: false,
    });
    expect((await t.agent.call('config.drift', { driver: 'toy' })).drifted).toEqual([]);
    writeFileSync(t.conf('vhost-9.conf'), 'theirs\n');
    expect((await t.agent.call('config.drift', { driver: 'toy' })).drifted).toMatchObject([
      { path: 'vhost-9.conf', state: 'foreign' },
    ]);
    await expect(t.agent.call('config.apply', t.change('vhost/9', 'nine\n'))).rejects.toMatchObject({
      code: 'agent.drift',
    });
    unlinkSync(t.conf('vhost-9.conf'));
  });

  it('removes the files that a resource no longer names, and the folders that become empty', async () => {
    const deep = { files: [{ root: 'conf', path: 'deep/one.conf', content: 'deep\n' }] };
    await t.agent.call('config.apply', t.change('vhost/10', null, deep));
    expect(t.read('deep/one.conf')).toBe('deep\n');
    await t.agent.call('config.apply', t.change('vhost/10', null, { generation: 2 }));
    expect(readdirSync(t.conf(''))).not.toContain('deep');
  });

  it('goes back to what the last change replaced', async () => {
    await t.agent.call('config.apply', t.change('vhost/7', 'former\n'));
    await t.agent.call('config.apply', t.change('vhost/7', 'newer\n', { generation: 2 }));
    expect(await t.agent.call('config.rollback', { driver: 'toy', resource: 'vhost/7' })).toMatchObject({
      changed: true,
    });
    expect(t.read('vhost-7.conf')).toBe('former\n');
  });

  it('lets no resource take another one’s file, nor the agent’s own', async () => {
    await t.agent.call('config.apply', t.change('vhost/20', 'theirs\n'));
    const theft = { files: [{ root: 'conf', path: 'vhost-20.conf', content: 'mine\n' }] };
    await expect(t.agent.call('config.apply', t.change('vhost/11', null, theft))).rejects.toMatchObject({
      code: 'agent.notAllowed',
    });
    const own = { files: [{ root: 'conf', path: 'generation.conf', content: 'mine\n' }] };
    await expect(t.agent.call('config.apply', t.change('vhost/11', null, own))).rejects.toMatchObject({
      code: 'agent.notAllowed',
    });
  });

  it('writes through no symlink: neither at the file, nor in the way, nor as the root itself', async () => {
    const outside = join(t.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'victim.conf'), 'precious\n');
    symlinkSync(join(outside, 'victim.conf'), t.conf('vhost-12.conf'));
    symlinkSync(outside, t.conf('linked'));
    await expect(
      t.agent.call('config.apply', t.change('vhost/12', 'x\n', { force: true })),
    ).rejects.toMatchObject({ code: 'agent.notAllowed' });
    const linked = { files: [{ root: 'conf', path: 'linked/victim.conf', content: 'x\n' }] };
    await expect(
      t.agent.call('config.apply', t.change('vhost/13', null, { ...linked, force: true })),
    ).rejects.toMatchObject({ code: 'agent.notAllowed' });
    expect(readdirSync(outside)).toEqual(['victim.conf']);
    for (const name of ['vhost-12.conf', 'linked']) unlinkSync(t.conf(name));
    t.driver((driver) => Object.assign(driver.roots['conf'] ?? {}, { path: `${t.folder}/rootlink` }));
    symlinkSync(outside, join(t.folder, 'rootlink'));
    await t.agent.call('agent.info', {});
    await expect(t.agent.call('config.apply', t.change('vhost/14', 'x\n'))).rejects.toMatchObject({
      code: 'agent.notAllowed',
    });
    expect(readdirSync(outside)).toEqual(['victim.conf']);
    rmSync(join(t.folder, 'rootlink'));
    t.driver();
  });

  it('refuses paths outside the root’s pattern', async () => {
    for (const path of [
      '../x.conf',
      'a/../../x.conf',
      '/etc/passwd',
      'UPPER.conf',
      'a.conf.sh',
      'a.conf\n',
    ]) {
      const change = t.change('vhost/15', null, { files: [{ root: 'conf', path, content: '' }] });
      await expect(t.agent.call('config.apply', change)).rejects.toMatchObject({
        code: expect.stringMatching(/badRequest|notAllowed/) as string,
      });
    }
  });

  it('puts an open transaction back after a kill, and the service answers as before', async () => {
    const before = t.read('generation.conf');
    // `deaf` validates, but the service never answers with its generation: the agent waits, with its files in place.
    const call = t.agent
      .call('config.apply', t.change('vhost/16', 'deaf\n'))
      .catch((reason: unknown) => reason);
    await expect.poll(() => t.read('vhost-16.conf'), { timeout: 10_000 }).toBe('deaf\n');
    await t.kill();
    expect(await call).toMatchObject({ code: 'agent.unavailable' });
    writeFileSync(t.conf('.vhost-16.conf.0123456789ab'), 'half');
    await t.start();
    expect(t.read('vhost-16.conf')).toBeNull();
    expect(t.read('generation.conf')).toBe(before);
    expect(readdirSync(join(t.folder, 'state/journal'))).toEqual([]);
    expect(readdirSync(t.conf('')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(t.log()).toContain('"event":"config.rolledBack"');
    expect(await t.agent.call('config.apply', t.change('vhost/16', 'sixteen\n'))).toMatchObject({
      changed: true,
    });
  }, 60_000);

  it('enters a committed transaction into its ledger after a kill, and keeps the files', async () => {
    await t.kill();
    writeFileSync(t.conf('vhost-17.conf'), 'seventeen\n');
    const sha256 = 'bc1c8d5c9e5d3c7f9b2d4f7b2b1d6f0e3c5a7b9d1e3f5a7c9b1d3e5f7a9c1b3d';
    const absolute = t.conf('vhost-17.conf');
    const manifest = {
      driver: 'toy',
      service: 'toy',
      instance: null,
      resource: 'vhost/17',
      generation: 3,
      batch: 9,
      at: new Date().toISOString(),
      files: [{ root: 'conf', path: 'vhost-17.conf', absolute, sha256 }],
    };
    const begin = {
      batch: 9,
      driver: 'toy',
      service: 'toy',
      instance: null,
      files: [{ absolute, rootPath: t.conf('').slice(0, -1), mode: 0o640, uid: 0, gid: 0, before: null }],
      manifests: [{ manifest, previous: [] }],
    };
    writeFileSync(join(t.folder, 'state/journal/9.jsonl'), `${JSON.stringify({ begin })}\n{"commit":true}\n`);
    writeFileSync(join(t.folder, 'state/journal/10.jsonl'), '{"begin": {"batch": 10, "fi'); // killed while it wrote the first line
    await t.start();
    expect(t.read('vhost-17.conf')).toBe('seventeen\n');
    await expect(
      t.agent.call('config.apply', t.change('vhost/17', 'x\n', { generation: 2 })),
    ).rejects.toMatchObject({ code: 'agent.stale' });
    expect(readdirSync(join(t.folder, 'state/journal'))).toEqual([]);
  });

  it('takes over services that outlived it, and writes files only where a service sleeps', async () => {
    const { pid } = await t.agent.call('service.status', toy);
    await t.kill();
    await t.start();
    expect(await t.agent.call('service.status', toy)).toMatchObject({ state: 'running', pid });
    const asleep = { service: 'idle', instance: 'alice' };
    expect(await t.agent.call('config.apply', t.change('pool/1', 'pool\n', asleep))).toMatchObject({
      changed: true,
    });
    expect(await t.agent.call('service.status', { driver: 'toy', ...asleep })).toMatchObject({
      state: 'stopped',
    });
    await expect(
      t.agent.call('service.start', { driver: 'toy', service: 'idle', instance: 'Alice' }),
    ).rejects.toMatchObject({ code: 'agent.notAllowed' });
  });

  it('has enabled services running again after the supervisor itself is gone', async () => {
    await t.agent.call('service.enable', toy);
    const { pid } = await t.agent.call('service.status', toy);
    await t.kill();
    process.kill(Number(readFileSync(join(t.folder, 'supervisor/supervisord.pid'), 'utf8')), 'SIGTERM');
    await expect
      .poll(() => existsSync(join(t.folder, 'supervisor/supervisord.pid')), { timeout: 10_000 })
      .toBe(false);
    await t.start();
    await expect
      .poll(async () => (await t.agent.call('service.status', toy)).state, { timeout: 10_000 })
      .toBe('running');
    expect((await t.agent.call('service.status', toy)).pid).not.toBe(pid);
    expect(await t.agent.call('service.disable', toy)).toMatchObject({ state: 'stopped', enabled: false });
  }, 60_000);

  it('says when the configuration was broken before the change', async () => {
    writeFileSync(t.conf('stranger.conf'), 'bad\n');
    const error = await t.agent
      .call('config.apply', t.change('vhost/18', 'fine\n'))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'agent.invalidConfig', details: { before: true } });
    unlinkSync(t.conf('stranger.conf'));
  });
});
