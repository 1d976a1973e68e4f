import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { request as httpsRequest } from 'node:https';
import net, { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AgentErrorBody } from '@tenpanel/protocol';
import { FakeAgent } from '@tenpanel/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let dir: string;
let database: TestDatabase;
let socket: string;
let config: string;
let agent: Server;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  database = await createTestDatabase();
  dir = await mkdtemp(join(tmpdir(), 'tenpanel-processes-'));
  await mkdir(join(dir, 'plugins'));
  await symlink(here('../../../../plugins/accounts'), join(dir, 'plugins/accounts'));
  await cp(here('../../../../docs/examples/hello'), join(dir, 'hello'), { recursive: true });
  agent = await serveAgent(new FakeAgent(), join(dir, 'agent.sock'));
  socket = join(dir, 'panel.sock');
  config = join(dir, 'tenpanel.json');
  await writeFile(
    config,
    JSON.stringify({
      ownerDatabaseUrl: database.ownerUrl,
      databaseUrl: database.appUrl,
      agentSocket: join(dir, 'agent.sock'),
      listen: { host: '127.0.0.1', port: 0 },
      localSocket: socket,
      publicUrl: 'https://localhost:8443',
      stateDir: join(dir, 'state'),
      pluginDirs: [join(dir, 'plugins')],
    }),
    { mode: 0o600 },
  );
});
afterEach(async () => {
  for (const child of children) await stop(child, 'SIGKILL');
});
afterAll(async () => {
  agent?.close();
  await database?.drop();
  await rm(dir, { recursive: true, force: true });
});

/** A panel process from the sources. Resolves when it says that it is up. */
async function start(
  name: 'web' | 'worker',
  more: { fd?: number; file?: string } = {},
): Promise<ChildProcess> {
  const child = launch(name, more);
  await new Promise<void>((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(`"msg":"${name} is up"`)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${text.slice(-3_000)}`)));
  });
  return child;
}

function launch(name: string, { fd, file = config }: { fd?: number; file?: string }): ChildProcess {
  const argv = [
    '--experimental-transform-types',
    '--no-warnings',
    '--conditions=source',
    '--import',
    here('./from-source.mjs'),
    here(`./${name}.ts`),
  ];
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'pipe', ...(fd === undefined ? [] : [fd])],
    env: {
      PATH: '/usr/bin:/bin',
      NODE_COMPILE_CACHE: join(dir, 'cache'),
      TENPANEL_CONFIG: file,
      ...(fd !== undefined && { LISTEN_FDS: '1' }),
    },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await ended)[0];
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = text
      ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      : {};
    const asked = request({ socketPath: socket, method, path: `/api${path}`, headers }, (response) => {
      let answer = '';
      response.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: answer.startsWith('{') ? (JSON.parse(answer) as Record<string, unknown>) : {},
        }),
      );
    });
    asked.on('error', reject);
    asked.end(text);
  });
}

/** The fake agent behind a real socket, in the protocol's own frames. */
async function serveAgent(fake: FakeAgent, path: string): Promise<Server> {
  const server = createServer((peer) => {
    createInterface({ input: peer }).on('line', (line) => {
      const { id, op, args } = JSON.parse(line) as {
        id: number;
        op: 'agent.info';
        args: Record<string, never>;
      };
      fake.call(op, args).then(
        (result) => peer.write(`${JSON.stringify({ id, ok: true, result })}\n`),
        (error: AgentErrorBody) =>
          peer.write(
            `${JSON.stringify({ id, ok: false, error: { code: error.code, message: error.message } })}\n`,
          ),
      );
    });
    peer.on('error', () => peer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

// Node transforms the sources of three processes at once: slow on a busy machine.
describe('the processes of the panel', { timeout: 120_000 }, () => {
  it('say plainly what is wrong with the configuration and end', async () => {
    const broken = join(dir, 'broken.json');
    await writeFile(broken, JSON.stringify({ databaseUrl: 'mysql://x', listen: null }));
    const child = launch('web', { file: broken });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(errors).toMatch(/broken\.json is wrong/);
    expect(errors).toMatch(/write postgresql:\/\//);
    expect(errors).toMatch(/agentSocket/);
  });

  it('take a plugin from a folder without node_modules, restart with status 75 and lose no request meanwhile', async () => {
    const held = holdSocket();
    const [web, worker] = await Promise.all([start('web', { fd: held.fd }), start('worker')]);
    expect((await ask('GET', '/plugins/accounts')).body).toMatchObject({ state: 'running' });

    const ended = Promise.all([once(web, 'exit'), once(worker, 'exit')]);
    expect((await ask('POST', '/plugins', { path: join(dir, 'hello') })).status).toBe(202);
    expect((await ended).map(([code]) => code as number)).toEqual([75, 75]);

    // Nobody accepts now; the socket that the supervisor holds queues what comes.
    const asked = overTls(held.port);
    const again = await Promise.all([start('web', { fd: held.fd }), start('worker')]);
    expect(await asked).toBe(401);
    expect((await ask('GET', '/plugins/hello')).body).toMatchObject({ state: 'running', reason: null });
    expect((await ask('GET', '/greetings')).status).toBe(200);
    expect(await Promise.all(again.map((child) => stop(child))), 'asked to end, they end well').toEqual([
      0, 0,
    ]);
    held.close();
  });

  it('survive a plugin that ends the process at its start: the third start goes on without it', async () => {
    const killer = join(dir, 'plugins/killer');
    await mkdir(killer);
    await writeFile(
      join(killer, 'package.json'),
      JSON.stringify({
        name: 'killer',
        version: '1.0.0',
        type: 'module',
        exports: './index.js',
        tenpanel: { id: 'killer', api: '^1.0.0', tier: 'local', title: 'Killer' },
      }),
    );
    await writeFile(
      join(killer, 'index.js'),
      `export default { id: 'killer', setup() { process.exit(9); } };`,
    );
    const before = await start('web');
    expect((await ask('POST', '/plugins/killer/enable')).status).toBe(202);
    await once(before, 'exit');
    for (let times = 0; times < 2; times += 1) {
      const [code] = (await once(launch('web', {}), 'exit')) as [number];
      expect(code).toBe(9);
    }
    await start('web');
    expect((await ask('GET', '/plugins/killer')).body).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/brought the panel down at its start twice/) as string,
    });
    expect((await ask('GET', '/plugins/accounts')).body).toMatchObject({ state: 'running' });
  });
});

/** Bound but not accepting, as `tenpanel start` and systemd hold it. */
function holdSocket(): { fd: number; port: number; close(): void } {
  interface Handle {
    fd: number;
    getsockname(out: { port?: number }): void;
    close(): void;
  }
  const bind = (net as unknown as { _createServerHandle(address: string, port: number, type: 4): Handle })
    ._createServerHandle;
  const handle = bind('127.0.0.1', 0, 4);
  const name: { port?: number } = {};
  handle.getsockname(name);
  return { fd: handle.fd, port: name.port ?? 0, close: () => handle.close() };
}

/** Status of a request over the https listener; the certificate is self-signed. */
function overTls(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = httpsRequest(
      { host: '127.0.0.1', port, path: '/api/plugins', rejectUnauthorized: false },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}
