import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAgent, type AgentConnection, type Driver } from '@tenpanel/protocol';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { application, hostSkipReason, TestHost } from './test-host.js';

const skip = hostSkipReason();
/** A folder of this machine and of the server: the agent's socket can be reached through it. */
const shared = '/mnt/agent';

/** Answers with its uid and cgroup; systemd gives it the socket. */
const toyScript = `
import { createServer } from 'node:net';
import { readFileSync } from 'node:fs';
createServer((socket) => socket.end(process.getuid() + ' ' + readFileSync('/proc/self/cgroup', 'utf8'))).listen({ fd: 3 });
`;

const toyDriver: Driver = {
  id: 'toy',
  version: 1,
  roots: {},
  services: {
    toy: {
      unit: 'tenpanel-toy@{instance}.service',
      instancePattern: '[a-z]+',
      unitFiles: {
        'tenpanel-toy@.service': `[Service]\nUser=%i\nSlice=tenpanel-%i.slice\nExecStart=${application}/node_modules/.bin/node ${shared}/toy.mjs\n`,
        'tenpanel-toy@.socket': `[Socket]\nListenStream=${shared}/%i.sock\nRemoveOnStop=yes\n\n[Install]\nWantedBy=sockets.target\n`,
      },
      foreground: { program: `${application}/node_modules/.bin/node`, argv: [`${shared}/toy.mjs`] },
      reload: { kind: 'restart' },
      validators: [],
      probe: { kind: 'connect', socket: `${shared}/{instance}.sock` },
      idleStop: 5,
    },
  },
  commands: {},
  logs: {},
  globs: {},
  packages: {},
  repositories: {},
  groups: {},
  directories: [],
};

describe.skipIf(skip !== null)('the root agent under systemd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenpanel-agent-'));
  let host: TestHost;
  let agent: AgentConnection;
  const uid: Record<string, number> = {};

  beforeAll(async () => {
    writeFileSync(join(folder, 'toy.mjs'), toyScript);
    host = await TestHost.start('agent', [`${folder}:${shared}`]);
    await host.must(['/usr/bin/chmod', '0755', shared]);
    await host.must(['/usr/bin/mkdir', '-p', '/etc/tenpanel/drivers.d']);
    await host.must(['/usr/bin/tee', '/etc/tenpanel/drivers.d/toy.json'], {
      input: JSON.stringify(toyDriver),
    });
    const program = [`${application}/node_modules/.bin/node`, `${application}/core/agent/dist/main.js`];
    await host.must([
      '/usr/bin/systemd-run',
      '--unit=agent-under-test',
      ...program,
      '--socket',
      `${shared}/agent.sock`,
      '--group',
      'root',
    ]);
    agent = connectAgent(join(folder, 'agent.sock'));
    await vi.waitFor(async () => expect((await agent.call('agent.info', {})).services).toBe('systemd'), {
      timeout: 20_000,
      interval: 200,
    });
    for (const account of ['alice', 'bob']) {
      // eslint-disable-next-line no-restricted-syntax -- the account's log-in shell, not a way to run programs
      uid[account] = (await agent.call('account.ensure', { account, shell: true })).uid;
    }
  });
  afterAll(async () => {
    agent?.close();
    await host?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Processes of an account, with their command lines. */
  const processes = async (account: string): Promise<{ pid: string; command: string }[]> => {
    const { stdout } = await host.exec(['/usr/bin/pgrep', '-a', '-u', account]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ pid: line.slice(0, line.indexOf(' ')), command: line.slice(line.indexOf(' ') + 1) }));
  };
  const tenantProcess = async (account: string): Promise<string | undefined> =>
    (await processes(account)).find(({ command }) => command.includes('tenant-child'))?.pid;
  const write = (account: string, content: string): Promise<{ written: boolean }> =>
    agent.call('tenant.write', { account, path: 'domains/note', content, encoding: 'utf8', mode: '0600' });

  describe('a customer’s files', () => {
    test('are touched by one process, as the customer, inside the customer’s slice', async () => {
      const folders = [
        { path: 'domains/a.test', mode: '0755' },
        { path: 'domains/a.test/logs', mode: '0700' },
      ];
      expect(await agent.call('tenant.mkdir', { account: 'alice', folders })).toEqual({
        created: folders.map(({ path }) => path),
      });
      const first = await tenantProcess('alice');
      await write('alice', 'one');
      await Promise.all(Array.from({ length: 20 }, (_, at) => write('alice', String(at))));
      expect(await tenantProcess('alice')).toBe(first);
      expect(await host.must(['/usr/bin/cat', `/proc/${first}/cgroup`])).toContain('/tenpanel-alice.slice/');
      expect(await host.must(['/usr/bin/stat', '-c', '%u %a', '/home/alice/domains/note'])).toBe(
        `${uid['alice']} 600\n`,
      );
    });

    test('a log grows, turns over at its size, and is not written through a link', async () => {
      const path = 'domains/a.test/logs/access.log';
      const append = (content: string) =>
        agent.call('tenant.append', {
          account: 'alice',
          files: [
            { path, content, maxBytes: 2048 },
            { path: 'domains/none/x', content, maxBytes: 2048 },
          ],
        });
      expect(await append(`${'a'.repeat(1500)}\n`)).toEqual({
        failed: [{ path: 'domains/none/x', reason: 'ENOENT' }],
      });
      await append('b\n');
      await append(`${'c'.repeat(1500)}\n`);
      const log = `/home/alice/${path}`;
      expect(await host.must(['/usr/bin/cat', `${log}.1`])).toBe(`${'a'.repeat(1500)}\nb\n`);
      expect(await host.must(['/usr/bin/cat', log])).toBe(`${'c'.repeat(1500)}\n`);
      await host.must(['/usr/sbin/runuser', '-u', 'alice', '--', '/usr/bin/rm', log]);
      await host.must([
        '/usr/sbin/runuser',
        '-u',
        'alice',
        '--',
        '/usr/bin/ln',
        '-s',
        '/home/alice/domains/note',
        log,
      ]);
      expect((await append('d\n')).failed).toContainEqual({ path, reason: 'ELOOP' });
      await host.must(['/usr/sbin/runuser', '-u', 'alice', '--', '/usr/bin/rm', log]);
      await host.must(['/usr/sbin/runuser', '-u', 'alice', '--', '/usr/bin/mkfifo', log]);
      expect((await append('e\n')).failed).toContainEqual({ path, reason: 'ENXIO' });
    });

    test('the process cannot be looked into by the customer’s others, and comes again when it was ended', async () => {
      await write('alice', 'x');
      const pid = await tenantProcess('alice');
      const spy = await host.exec([
        '/usr/sbin/runuser',
        '-u',
        'alice',
        '--',
        '/usr/bin/cat',
        `/proc/${pid}/environ`,
      ]);
      expect(spy.code).not.toBe(0);
      await host.must(['/usr/sbin/runuser', '-u', 'alice', '--', '/usr/bin/kill', '-KILL', String(pid)]);
      await expect.poll(() => tenantProcess('alice')).toBeUndefined();
      expect(await write('alice', 'y')).toEqual({ written: true });
      expect(await tenantProcess('alice')).not.toBe(pid);
    });

    test('the process goes when it has had nothing to do for a while', async () => {
      await write('alice', 'z');
      expect(await tenantProcess('alice')).toBeDefined();
      await expect.poll(() => tenantProcess('alice'), { timeout: 30_000, interval: 1000 }).toBeUndefined();
    });
  });

  describe('a service made from a template, with a socket', () => {
    const service = { driver: 'toy', service: 'toy', instance: 'alice' };
    const ask = (instance: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let said = '';
        const socket = createConnection(join(folder, `${instance}.sock`));
        socket.on('data', (chunk) => (said += chunk.toString()));
        socket.on('close', () => resolve(said));
        socket.on('error', reject);
      });
    const reloads = async (): Promise<number> =>
      (await host.must(['/usr/bin/journalctl', '-b', '_PID=1', '-o', 'cat', '--no-pager']))
        .split('\n')
        .filter((line) => line.startsWith('Reloading')).length;

    test('listens when it is enabled, without all units of the server being read again', async () => {
      const before = await reloads();
      expect(before, 'new unit files were read when the driver was loaded').toBeGreaterThan(0);
      expect(await agent.call('service.enable', { ...service, account: 'alice' })).toMatchObject({
        state: 'listening',
        enabled: true,
      });
      expect(await agent.call('service.enable', { ...service, account: 'alice' })).toMatchObject({
        state: 'listening',
        enabled: true,
      });
      expect(
        await agent.call('service.enable', { ...service, instance: 'bob', account: 'bob' }),
      ).toMatchObject({ state: 'listening', enabled: true });
      expect(await reloads()).toBe(before);
      expect(await host.must(['/usr/bin/systemctl', 'is-enabled', 'tenpanel-toy@bob.socket'])).toBe(
        'enabled\n',
      );
    });

    test('starts with the first connection, as the customer, inside the slice; stops when idle; starts again', async () => {
      expect(await ask('alice')).toMatch(new RegExp(`^${uid['alice']} .*/tenpanel-alice\\.slice/`, 's'));
      expect(await agent.call('service.status', service)).toMatchObject({ state: 'running' });
      const state = async () => (await agent.call('service.status', service)).state;
      await expect.poll(state, { timeout: 40_000, interval: 1000 }).toBe('listening');
      expect(await ask('alice')).toContain(`${uid['alice']} `);
    });

    test('is gone when it is disabled', async () => {
      expect(await agent.call('service.disable', service)).toMatchObject({
        state: 'stopped',
        enabled: false,
      });
      await expect(ask('alice')).rejects.toThrow();
      expect(await ask('bob')).toContain(`${uid['bob']} `);
    });
  });

  describe('a locked account', () => {
    const ssh = (account: string) =>
      host.exec(
        [
          '/usr/bin/ssh',
          '-i',
          '/root/key',
          '-o',
          'BatchMode=yes',
          '-o',
          'StrictHostKeyChecking=no',
          '-o',
          'UserKnownHostsFile=/dev/null',
          `${account}@127.0.0.1`,
          '/usr/bin/id',
          '-u',
        ],
        { timeout: 30_000 },
      );

    beforeAll(async () => {
      await host.must(['/usr/bin/ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/key']);
      const key = await host.must(['/usr/bin/cat', '/root/key.pub']);
      for (const account of ['alice', 'bob']) {
        await host.must([
          '/usr/bin/install',
          '-d',
          '-m',
          '0700',
          '-o',
          account,
          '-g',
          account,
          `/home/${account}/.ssh`,
        ]);
        await host.must(
          ['/usr/sbin/runuser', '-u', account, '--', '/usr/bin/tee', `/home/${account}/.ssh/authorized_keys`],
          { input: key },
        );
        await host.must(['/usr/bin/crontab', '-u', account, '-'], {
          input: `* * * * * /usr/bin/touch /home/${account}/domains/cron-ran\n`,
        });
      }
      await host.must(['/usr/bin/systemctl', 'start', 'ssh', 'cron']);
    });

    test('has no processes left, not even stopped ones or its own for files', async () => {
      expect(await ssh('bob')).toMatchObject({ code: 0, stdout: `${uid['bob']}\n` });
      await write('bob', 'x');
      await host.must(['/usr/bin/systemd-run', '--uid=bob', '/usr/bin/sleep', '1000']);
      await host.must([
        '/usr/bin/systemd-run',
        '--uid=bob',
        '--slice=tenpanel-bob.slice',
        '/usr/bin/sleep',
        '1001',
      ]);
      await host.must(['/usr/bin/kill', '-STOP', String(await tenantProcess('bob'))]);
      expect((await processes('bob')).length).toBeGreaterThanOrEqual(3);
      expect(await agent.call('account.lock', { account: 'bob', locked: true })).toMatchObject({
        locked: true,
      });
      await expect.poll(() => processes('bob'), { timeout: 10_000 }).toEqual([]);
      expect(
        await host.must([
          '/usr/bin/systemctl',
          'list-units',
          '--no-legend',
          '--plain',
          'tenpanel-tenant-bob-*',
        ]),
      ).toBe('');
    });

    test('cannot log in with a key that was good before, while another account can', async () => {
      expect((await ssh('bob')).code).not.toBe(0);
      expect(await ssh('alice')).toMatchObject({ code: 0, stdout: `${uid['alice']}\n` });
    });

    test('has no cron jobs run, while those of another account are', async () => {
      const ran = async (account: string): Promise<boolean> =>
        (await host.exec(['/usr/bin/test', '-e', `/home/${account}/domains/cron-ran`])).code === 0;
      for (const account of ['alice', 'bob'])
        await host.must(['/usr/bin/rm', '-f', `/home/${account}/domains/cron-ran`]);
      await expect.poll(() => ran('alice'), { timeout: 90_000, interval: 500 }).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      expect(await ran('bob')).toBe(false);
      expect(await processes('bob')).toEqual([]);
    });

    test('keeps its files, and can do everything again when it is unlocked', async () => {
      expect(await host.must(['/usr/bin/cat', '/home/bob/domains/note'])).toBe('x');
      expect(await agent.call('account.lock', { account: 'bob', locked: false })).toMatchObject({
        locked: false,
      });
      expect(await ssh('bob')).toMatchObject({ code: 0, stdout: `${uid['bob']}\n` });
      expect(await write('bob', 'again')).toEqual({ written: true });
    });

    test('that is removed while its process lives is gone as a whole', async () => {
      await write('bob', 'last');
      expect(await agent.call('account.remove', { account: 'bob', purge: true })).toEqual({ removed: true });
      expect((await host.exec(['/usr/bin/id', 'bob'])).code).not.toBe(0);
      await expect(write('bob', 'after')).rejects.toMatchObject({ code: 'agent.notFound' });
    });
  });
});
