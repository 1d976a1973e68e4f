import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cannotRunForReal, testAgent, type TestAgent } from '../testing/agent-process.js';

const reason = cannotRunForReal();
const account = `t${Math.floor(performance.timeOrigin).toString(36)}`.slice(0, 12);

describe.skipIf(reason !== null)(`operations (${reason ?? 'for real'})`, () => {
  let t: TestAgent;
  beforeAll(async () => {
    t = await testAgent();
  });
  afterAll(async () => {
    await t.agent.call('account.remove', { account, purge: true }).catch(() => undefined);
    await t.end();
  });

  describe('drivers', () => {
    it('tells what is loaded by the hash of its file, and makes the driver’s folders', async () => {
      const { drivers, simulated } = await t.agent.call('agent.info', {});
      expect(drivers).toMatchObject([
        { id: 'toy', version: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      ]);
      expect(simulated).toBe(false);
      expect(statSync(join(t.folder, 'made')).mode & 0o777).toBe(0o750);
    });

    it('takes a changed driver at once and none that others can write to', async () => {
      t.driver((driver) => (driver.version = 2));
      expect((await t.agent.call('agent.info', {})).drivers).toMatchObject([{ version: 2 }]);
      chmodSync(join(t.folder, 'drivers.d/toy.json'), 0o664);
      await expect(t.agent.call('host.glob', { driver: 'toy', glob: 'confs' })).rejects.toMatchObject({
        code: 'agent.unknownDriver',
        message: expect.stringContaining('others than its owner can write') as string,
      });
      chmodSync(join(t.folder, 'drivers.d/toy.json'), 0o644);
      await expect(t.agent.call('host.glob', { driver: 'constructor', glob: 'confs' })).rejects.toMatchObject(
        { code: 'agent.unknownDriver' },
      );
    });

    it('refuses what the driver does not name, inherited names of objects included', async () => {
      for (const name of ['nothing', 'constructor', 'toString']) {
        await expect(t.agent.call('exec', { driver: 'toy', command: name, args: {} })).rejects.toMatchObject({
          code: 'agent.notAllowed',
        });
        await expect(t.agent.call('service.status', { driver: 'toy', service: name })).rejects.toMatchObject({
          code: 'agent.notAllowed',
        });
        await expect(
          t.agent.call('config.read', { driver: 'toy', root: name, path: 'x.conf' }),
        ).rejects.toMatchObject({ code: 'agent.notAllowed' });
      }
    });
  });

  describe('exec', () => {
    it('gives a value to the program as one argument, whatever a shell would make of it', async () => {
      const { stdout } = await t.agent.call('exec', {
        driver: 'toy',
        command: 'echo',
        args: { word: '; $(id)' },
      });
      expect(stdout).toBe('; $(id)|x; $(id)');
    });

    it('refuses values that do not match as a whole, are too long, unknown or missing', async () => {
      for (const word of ['UPPER', 'a\nb', 'a'.repeat(21), '']) {
        await expect(
          t.agent.call('exec', { driver: 'toy', command: 'echo', args: { word } }),
        ).rejects.toMatchObject({ code: 'agent.badRequest' });
      }
      await expect(t.agent.call('exec', { driver: 'toy', command: 'echo', args: {} })).rejects.toMatchObject({
        code: 'agent.badRequest',
      });
      await expect(
        t.agent.call('exec', { driver: 'toy', command: 'echo', args: { word: 'a', more: 'b' } }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
    });

    it('gives secrets on standard input and keeps them out of the log', async () => {
      const { stdout } = await t.agent.call('exec', {
        driver: 'toy',
        command: 'count',
        args: { secret: 'hunter2\n' },
      });
      expect(stdout.trim()).toBe('8');
      expect(t.log()).toContain('"command":"count"');
      expect(t.log()).not.toContain('hunter2');
    });

    it('ends a program at its deadline', async () => {
      await expect(t.agent.call('exec', { driver: 'toy', command: 'sleep', args: {} })).rejects.toMatchObject(
        { code: 'agent.timeout' },
      );
    });

    it('never runs as a user of the system when an account is asked for', async () => {
      await expect(
        t.agent.call('exec', { driver: 'toy', command: 'whoami', args: { account: 'daemon' } }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
    });
  });

  describe('accounts and their files', () => {
    it('makes user, group and a home that only root can change, and does so once', async () => {
      const info = await t.agent.call('account.ensure', { account, shell: false });
      expect(info).toMatchObject({ account, home: `/home/${account}`, locked: false, shell: false });
      expect(info.uid).toBeGreaterThanOrEqual(20_000);
      const home = statSync(info.home);
      expect([home.uid, home.gid, home.mode & 0o7777]).toEqual([0, info.gid, 0o710]);
      expect(statSync(`${info.home}/domains`).uid).toBe(info.uid);
      expect(await t.agent.call('account.ensure', { account, shell: false })).toEqual(info);
      expect(
        await t.agent.call('exec', { driver: 'toy', command: 'whoami', args: { account } }),
      ).toMatchObject({ stdout: `${account}\n` });
    });

    it('touches no user outside its range', async () => {
      for (const op of ['account.ensure', 'account.lock', 'account.remove'] as const) {
        const args = {
          // eslint-disable-next-line no-restricted-syntax -- the account's log-in shell, not a way to run programs
          'account.ensure': { shell: true },
          'account.lock': { locked: true },
          'account.remove': { purge: true },
        }[op];
        await expect(t.agent.call(op, { account: 'daemon', ...args } as never)).rejects.toMatchObject({
          code: 'agent.notAllowed',
        });
      }
      await expect(
        t.agent.call('tenant.read', { account: 'root', path: 'x', maxBytes: 10 }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
    });

    it('writes and reads as the customer', async () => {
      const site = { path: 'domains/a.test/public_html', mode: '0755' };
      expect(await t.agent.call('tenant.mkdir', { account, folders: [site] })).toEqual({
        created: [site.path],
      });
      expect(await t.agent.call('tenant.mkdir', { account, folders: [site] })).toEqual({ created: [] });
      const path = 'domains/a.test/public_html/index.php';
      expect(
        await t.agent.call('tenant.write', {
          account,
          path,
          content: '<?php',
          encoding: 'utf8',
          mode: '0640',
        }),
      ).toEqual({ written: true });
      const facts = statSync(`/home/${account}/${path}`);
      expect([facts.uid >= 20_000, facts.mode & 0o777]).toEqual([true, 0o640]);
      expect(
        await t.agent.call('tenant.write', {
          account,
          path,
          content: 'x',
          encoding: 'utf8',
          mode: '0640',
          ifAbsent: true,
        }),
      ).toEqual({ written: false });
      expect(await t.agent.call('tenant.read', { account, path, maxBytes: 3 })).toEqual({
        content: '<?p',
        encoding: 'utf8',
        truncated: true,
      });
      const { entries } = await t.agent.call('tenant.list', { account, path: '.' });
      expect(entries.map((entry) => entry.name)).toEqual(['.trash', 'domains', 'tmp']);
      await expect(
        t.agent.call('tenant.write', { account, path: 'evil', content: '', encoding: 'utf8', mode: '0640' }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
    });

    it('follows no symlink of the customer’s, and reaches nothing that the customer cannot', async () => {
      const home = `/home/${account}/domains`;
      const secret = join(t.folder, 'secret');
      writeFileSync(secret, 'root only', { mode: 0o600 });
      symlinkSync(secret, `${home}/link`);
      symlinkSync(t.folder, `${home}/folder`);
      symlinkSync('/etc', `${home}/etc`);
      for (const path of ['domains/link', 'domains/folder/secret', 'domains/etc/hostname']) {
        await expect(t.agent.call('tenant.read', { account, path, maxBytes: 100 })).rejects.toMatchObject({
          code: 'agent.notAllowed',
        });
      }
      await expect(
        t.agent.call('tenant.mkdir', { account, folders: [{ path: 'domains/folder/new', mode: '0755' }] }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
      await expect(
        t.agent.call('tenant.rename', { account, from: 'domains/a.test', to: 'domains/folder/a' }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
      expect(
        await t.agent.call('tenant.remove', { account, path: 'domains/folder', recursive: true }),
      ).toEqual({ removed: true });
      expect(existsSync(secret)).toBe(true);
      await t.agent.call('tenant.write', {
        account,
        path: 'domains/link',
        content: 'own',
        encoding: 'utf8',
        mode: '0644',
      });
      expect(lstatSync(`${home}/link`).isFile()).toBe(true);
      expect(statSync(secret).size).toBe(9);
    });

    it('moves a site to the trash and removes a tree', async () => {
      expect(
        await t.agent.call('tenant.rename', { account, from: 'domains/a.test', to: '.trash/a.test' }),
      ).toEqual({ renamed: true });
      expect(
        await t.agent.call('tenant.rename', { account, from: 'domains/a.test', to: '.trash/b' }),
      ).toEqual({ renamed: false });
      await expect(
        t.agent.call('tenant.remove', { account, path: '.trash/a.test', recursive: false }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
      expect(
        await t.agent.call('tenant.remove', { account, path: '.trash/a.test', recursive: true }),
      ).toEqual({ removed: true });
    });

    it('locks, unlocks, and removes into a graveyard that only root can enter', async () => {
      expect(await t.agent.call('account.lock', { account, locked: true })).toMatchObject({ locked: true });
      expect(
        (await t.agent.call('account.list', {})).accounts.find((each) => each.account === account),
      ).toMatchObject({ locked: true });
      expect(await t.agent.call('account.lock', { account, locked: false })).toMatchObject({ locked: false });
      const { uid } = await t.agent.call('account.ensure', { account, shell: false });
      expect(await t.agent.call('account.remove', { account, purge: false })).toEqual({ removed: true });
      expect(existsSync(`/home/${account}`)).toBe(false);
      expect(statSync('/home/.removed').mode & 0o777).toBe(0o700);
      expect(await t.agent.call('account.remove', { account, purge: true })).toEqual({ removed: false });
      const again = await t.agent.call('account.ensure', { account, shell: false });
      expect(again.uid).toBeGreaterThan(uid);
    });
  });

  describe('logs', () => {
    it('gives the last lines of a key, reads on from an offset, and notices rotation', async () => {
      const path = join(t.folder, 'access.log');
      writeFileSync(
        path,
        Array.from({ length: 5000 }, (_, index) => `${index % 2 ? 'a.test' : 'b.test'} line ${index}\n`).join(
          '',
        ),
      );
      const log = { driver: 'toy', log: 'access' };
      expect(await t.agent.call('log.tail', { ...log, lines: 2, key: 'a.test' })).toEqual({
        lines: ['a.test line 4997', 'a.test line 4999'],
      });
      const first = await t.agent.call('log.read', { ...log, inode: 0, offset: 0, maxBytes: 50 });
      expect(first.lines).toEqual(['b.test line 0', 'a.test line 1', 'b.test line 2']);
      const next = await t.agent.call('log.read', {
        ...log,
        inode: first.inode,
        offset: first.offset,
        maxBytes: 20,
      });
      expect(next.lines).toEqual(['a.test line 3']);
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'a.test fresh\n');
      expect(
        (await t.agent.call('log.read', { ...log, inode: next.inode, offset: next.offset, maxBytes: 50 }))
          .lines,
      ).toEqual(['a.test fresh']);
    });

    it('follows until the caller goes', async () => {
      const path = join(t.folder, 'access.log');
      const seen: unknown[] = [];
      const abort = new AbortController();
      const call = t.agent.call(
        'log.tail',
        { driver: 'toy', log: 'access', lines: 0, key: 'a.test', follow: true },
        { onEvent: (event) => seen.push(event), signal: abort.signal },
      );
      const ended = call.catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 300));
      appendFileSync(path, 'b.test no\na.test yes\n');
      await expect.poll(() => seen, { timeout: 5000 }).toEqual([{ line: 'a.test yes' }]);
      abort.abort();
      expect(await ended).toMatchObject({ code: 'agent.timeout' });
    });

    it('opens no log through a symlink', async () => {
      const path = join(t.folder, 'access.log');
      rmSync(path);
      symlinkSync('/etc/shadow', path);
      await expect(
        t.agent.call('log.tail', { driver: 'toy', log: 'access', lines: 10 }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
      rmSync(path);
      mkdirSync(path);
      await expect(
        t.agent.call('log.tail', { driver: 'toy', log: 'access', lines: 10 }),
      ).rejects.toMatchObject({ code: 'agent.notAllowed' });
    });
  });

  describe('the host', () => {
    it('tells facts, finds files, and knows which packages are missing', async () => {
      const facts = await t.agent.call('host.facts', {});
      expect(facts.cpus).toBeGreaterThan(0);
      expect(facts.disks[0]?.path).toBe('/');
      writeFileSync(join(t.folder, 'conf.d/found.conf'), '');
      expect((await t.agent.call('host.glob', { driver: 'toy', glob: 'confs' })).paths).toEqual([
        join(t.folder, 'conf.d/found.conf'),
      ]);
      expect(await t.agent.call('package.status', { driver: 'toy', set: 'base' })).toEqual({
        installed: ['coreutils'],
        missing: ['tenpanel-no-such-package'],
      });
    });

    it('says in one sentence why limits are not held, where they are not', async () => {
      const { cgroup } = await t.agent.call('agent.info', {});
      if (cgroup.reason === undefined) return;
      await t.agent.call('account.ensure', { account, shell: false });
      const none = {
        memoryBytes: null,
        cpuPercent: null,
        processes: null,
        ioReadBytesPerSecond: null,
        ioWriteBytesPerSecond: null,
        ioWeight: null,
      };
      expect(await t.agent.call('slice.set', { account, limits: none })).toEqual({
        supported: false,
        reason: cgroup.reason,
      });
    });
  });

  describe('the socket', () => {
    it('is for its group only, and survives hostile frames', async () => {
      expect(statSync(join(t.folder, 'agent.sock')).mode & 0o777).toBe(0o660);
      for (const bytes of [
        'not json\n',
        '[]\n',
        '{"id":"x"}\n',
        '{"op":"agent.info","args":{}}\n',
        'x'.repeat(33 * 1024 * 1024),
      ]) {
        expect(await sendRaw(join(t.folder, 'agent.sock'), bytes)).toBe('');
      }
      const answer = await sendRaw(
        join(t.folder, 'agent.sock'),
        '{"id":1,"op":"constructor","args":{}}\n',
        1,
      );
      expect(JSON.parse(answer)).toMatchObject({
        id: 1,
        ok: false,
        error: { code: 'agent.unknownOperation' },
      });
      expect(await t.agent.call('agent.info', {})).toMatchObject({ version: '0.1.0' });
    });

    it('logs one JSON object a line, with control characters escaped', async () => {
      await sendRaw(
        join(t.folder, 'agent.sock'),
        `${JSON.stringify({ id: 1, op: 'x\u001b[31m\u009b\n{"op":"forged"}', args: {} })}\n`,
        1,
      );
      const lines = t.log().trimEnd().split('\n');
      for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
      // eslint-disable-next-line no-control-regex
      expect(t.log()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    });
  });
});

/** Write bytes, and give back what comes until the agent closes (or `lines` lines have come). */
function sendRaw(path: string, bytes: string, lines = 0): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(path, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (lines > 0 && answer.split('\n').length > lines) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer.trim()));
  });
}
