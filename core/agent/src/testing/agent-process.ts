import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  connectAgent,
  type AgentConnection,
  type ConfigChange,
  type Driver,
  type FailpointName,
} from '@tenpanel/protocol';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Why the tests with real mounts and services cannot run here, or null. */
export function cannotRunForReal(): string | null {
  if (process.geteuid?.() !== 0) return 'needs root';
  const systemd = readFileSync('/proc/1/comm', 'utf8').trim() === 'systemd';
  if (!systemd && !existsSync('/usr/bin/supervisord')) return 'needs the package supervisor';
  return systemd ? 'needs a machine without systemd' : null;
}

export interface TestAgent {
  readonly agent: AgentConnection;
  readonly folder: string;
  conf(name: string): string;
  read(name: string): string | null;
  /** How often the toy service has reloaded since it started. */
  reloads(): Promise<number>;
  /** The generation that the toy service has loaded. */
  loaded(): Promise<string>;
  change(resource: string, text: string | null, more?: Partial<ConfigChange>): ConfigChange;
  log(): string;
  /** SIGKILL, as the kernel's memory killer does it. */
  kill(): Promise<void>;
  start(): Promise<void>;
  driver(edit?: (driver: Driver) => void): void;
  /** Ask for a fault, as `failpoint` reads it. */
  fault(name: FailpointName, order: string): void;
  /** End a `hold`. */
  release(name: FailpointName): void;
  /** Is the fault still to come? */
  armed(name: FailpointName): boolean;
  /** Resolves when the agent has ended by itself. */
  gone(): Promise<void>;
  end(): Promise<void>;
}

/** The agent as its own process, from its sources, with a toy service, everything below one temporary folder. */
export async function testAgent(options: { simulated?: boolean } = {}): Promise<TestAgent> {
  const folder = mkdtempSync('/var/lib/tenpanel-test-');
  chmodSync(folder, 0o755);
  const drivers = join(folder, 'drivers.d');
  mkdirSync(drivers);
  const faults = join(folder, 'faults');
  mkdirSync(faults);
  const toySocket = join(folder, 'toy.sock');
  const host = options.simulated === true ? join(folder, 'host') : '';
  if (host !== '') mkdirSync(host);
  const conf = (name: string): string => join(`${host}${folder}/conf.d`, name);
  let child: ChildProcess | null = null;
  let agent = connectAgent(join(folder, 'agent.sock'));

  const writeDriver = (edit: (driver: Driver) => void = () => undefined): void => {
    const driver = toyDriver(folder, toySocket);
    edit(driver);
    writeFileSync(join(drivers, 'toy.json'), JSON.stringify(driver), { mode: 0o644 });
  };
  writeDriver();

  const start = async (): Promise<void> => {
    const paths = {
      socket: 'agent.sock',
      state: 'state',
      drivers: 'drivers.d',
      log: 'agent.log',
      supervisor: 'supervisor',
    };
    const argv = Object.entries(paths).flatMap(([name, path]) => [`--${name}`, join(folder, path)]);
    if (host !== '') argv.push('--root', host);
    const source = [
      '--no-warnings',
      '--conditions=source',
      '--import',
      here('./source-loader.mjs'),
      here('../main.ts'),
    ];
    const started = spawn(process.execPath, [...source, ...argv], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TENPANEL_FAILPOINTS: faults },
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.stdout.once('data', () => resolve());
      started.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)));
    });
    agent.close();
    agent = connectAgent(join(folder, 'agent.sock'));
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  };
  await start();
  return {
    get agent() {
      return agent;
    },
    folder,
    conf,
    read: (name) => (existsSync(conf(name)) ? readFileSync(conf(name), 'utf8') : null),
    loaded: () => ask(toySocket, '/'),
    reloads: async () => Number(await ask(toySocket, '/reloads')),
    change: (resource, text, more = {}) => ({
      driver: 'toy',
      service: 'toy',
      resource,
      generation: 1,
      files:
        text === null ? [] : [{ root: 'conf', path: `${resource.replace('/', '-')}.conf`, content: text }],
      ...more,
    }),
    log: () => readFileSync(join(folder, 'agent.log'), 'utf8'),
    kill: () => kill(),
    start,
    driver: writeDriver,
    fault: (name, order) => writeFileSync(join(faults, name), order),
    release: (name) => rmSync(join(faults, name)),
    armed: (name) => existsSync(join(faults, name)),
    async gone() {
      if (child && child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => child?.once('exit', resolve));
    },
    async end() {
      agent.close();
      await kill('SIGTERM');
      const pidFile = join(folder, 'supervisor/supervisord.pid');
      if (existsSync(pidFile)) {
        const pid = Number(readFileSync(pidFile, 'utf8'));
        process.kill(pid, 'SIGTERM');
        for (let tries = 0; tries < 200 && existsSync(pidFile); tries++)
          await new Promise((resolve) => setTimeout(resolve, 50));
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function toyDriver(folder: string, socket: string): Driver {
  const script = here('./toy-service.mjs');
  return {
    id: 'toy',
    version: 1,
    roots: { conf: { path: `${folder}/conf.d`, pattern: '[a-z0-9-]+(/[a-z0-9-]+)?\\.conf', mode: '0640' } },
    services: {
      toy: {
        unit: 'tenpanel-toy.service',
        foreground: { program: process.execPath, argv: [script, 'run', `${folder}/conf.d`, socket] },
        reload: { kind: 'signal', signal: 'HUP' },
        validators: [{ program: process.execPath, argv: [script, '-t', `${folder}/conf.d`] }],
        probe: {
          kind: 'http',
          socket,
          path: '/',
          expect: '{generation}',
          generationFile: { root: 'conf', path: 'generation.conf', content: '{generation}' },
        },
      },
      idle: {
        unit: 'tenpanel-idle@{instance}.service',
        instancePattern: '[a-z]+',
        foreground: {
          program: process.execPath,
          argv: [script, 'run', `${folder}/conf.d`, `${folder}/{instance}.sock`],
        },
        reload: { kind: 'restart' },
        validators: [],
        probe: { kind: 'connect', socket: `${folder}/{instance}.sock` },
      },
    },
    commands: {
      echo: {
        program: '/usr/bin/printf',
        argv: ['%s|%s', '{word}', 'x{word}'],
        args: { word: { pattern: '[a-z;$() ]+', maxLength: 20 } },
      },
      count: {
        program: '/usr/bin/wc',

        argv: ['-c'],
        args: { secret: { pattern: '[\\s\\S]*', maxLength: 1000 } },
        stdin: 'secret',
      },
      sleep: { program: '/usr/bin/sleep', argv: ['60'], args: {}, timeout: 1 },
      whoami: {
        program: '/usr/bin/id',
        argv: ['-un'],
        args: { account: { pattern: '[a-z0-9]+', maxLength: 16 } },
        runAs: '{account}',
      },
    },
    logs: { access: { path: `${folder}/access.log`, keyPattern: '^(?<key>[a-z.]+) ' } },
    globs: { confs: `${folder}/conf.d/*.conf` },
    packages: { base: { debian: ['coreutils', 'tenpanel-no-such-package'], rhel: ['coreutils'] } },
    repositories: {},
    groups: {},
    directories: [{ path: `${folder}/made`, mode: '0750' }],
  };
}

function ask(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    })
      .on('error', reject)
      .end();
  });
}
