import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Role } from '@tenpanel/sdk';
import { createKernel } from '@tenpanel/kernel/boot/create-kernel';
import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { startWorker, type RunningWorker } from '@tenpanel/kernel/boot/start-worker';
import { createWebApp } from '@tenpanel/kernel/boot/start-web';
import type { KernelConfig } from '@tenpanel/kernel/contracts';
import { readPackage } from '@tenpanel/kernel/plugins/read-package';
import { createTestDatabase, type TestDatabase } from '@tenpanel/kernel/postgres/test-database';
import type { ApiClient } from './api-client.js';
import { FakeAgent } from './fake-agent.js';
import { settle } from './settle.js';
import { signIn, type SignInOptions } from './sign-in.js';
import { testLog } from './test-log.js';

export interface TestPanelOptions {
  /** Folders of plugins (with a package.json), providers in any order. */
  plugins: readonly (string | URL)[];
  /** Default: a new one with the plugins' drivers installed. */
  agent?: FakeAgent;
  now?: () => number;
  /** false: rows stay as the API left them. Default true. */
  worker?: boolean;
  /** Default 10000. */
  setupLimitMs?: number;
  config?: Partial<KernelConfig>;
  /** false: a plugin that does not run is what the test is about. Default true: it is an error with the reason. */
  mustRun?: boolean;
}

export interface RestartChanges {
  plugins?: readonly (string | URL)[];
  config?: Partial<KernelConfig>;
  /** false: root does not approve the drivers as they are now. */
  approve?: boolean;
}

export interface TestPanel {
  readonly kernel: RunningKernel;
  readonly agent: FakeAgent;
  /** As an administrator of the provider. */
  readonly api: ApiClient;
  /** Address of the application, `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly database: TestDatabase;
  /** Another person; by default in a new tenant of their own below the provider. */
  as(role: Role, options?: Omit<SignInOptions, 'role'>): Promise<ApiClient>;
  /** Wait until reconcilers, jobs and facts are idle. */
  settle(seconds?: number): Promise<void>;
  /** What a changed set of plugins does to the real processes: a new kernel on the same database and agent. */
  restart(changes?: RestartChanges): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A whole panel in this process: real PostgreSQL, the kernel with web and worker, and the root agent in memory.
 *
 * @example
 * const panel = await startTestPanel({ plugins: [new URL('..', import.meta.url)] });
 * const { body } = await panel.api.post('/greetings', { text: 'hello' });
 * await panel.settle();
 * await panel.stop();
 */
export async function startTestPanel(options: TestPanelOptions): Promise<TestPanel> {
  const database = await createTestDatabase();
  const agent = options.agent ?? new FakeAgent();
  const stateDir = await mkdtemp(join(tmpdir(), 'tenpanel-test-'));
  const config = { ...testConfig(database, stateDir), ...options.config };
  let running: Running | undefined;

  const panel = {
    agent,
    database,
    as: (role: Role, more: Omit<SignInOptions, 'role'> = {}) =>
      signIn(panel.kernel, panel.url, { role, ...more }),
    settle: (seconds?: number) => settle(panel.kernel, seconds),
    async restart(changes: RestartChanges = {}) {
      await running?.stop();
      await start(changes.plugins ?? options.plugins, { ...config, ...changes.config }, changes.approve);
    },
    async stop() {
      await running?.stop();
      await database.drop();
      await rm(stateDir, { recursive: true, force: true });
    },
  } as TestPanel;

  const start = async (plugins: readonly (string | URL)[], used: KernelConfig, approve = true) => {
    if (approve) await installDrivers(agent, plugins);
    running = await run(used, plugins, agent, options);
    const api = await signIn(running.kernel, running.url, { role: 'admin' });
    Object.assign(panel, { kernel: running.kernel, url: running.url, api });
  };
  try {
    await start(options.plugins, config);
    if (options.mustRun !== false) await refuseFallen(panel);
  } catch (error) {
    await panel.stop();
    throw error;
  }
  return panel;
}

async function refuseFallen(panel: TestPanel): Promise<void> {
  const list = await panel.kernel.db.read('/', (em) => panel.kernel.plugins.list(em));
  const fallen = list
    .filter(({ state }) => state !== 'running')
    .map(({ id, state, reason }) => `${id} is ${state}: ${reason ?? 'no reason given'}`);
  if (fallen.length > 0) throw new Error(`Not all plugins run.\n${fallen.join('\n')}`);
}

interface Running {
  kernel: RunningKernel;
  url: string;
  stop(): Promise<void>;
}

async function run(
  config: KernelConfig,
  plugins: readonly (string | URL)[],
  agent: FakeAgent,
  options: TestPanelOptions,
): Promise<Running> {
  const kernel = await createKernel(config, {
    plugins,
    agent: agent.call,
    log: testLog,
    process: 'test',
    conditions: ['source'],
    registryFile: null,
    ...(options.now && { now: options.now }),
    ...(options.setupLimitMs && { setupLimitMs: options.setupLimitMs }),
  });
  const server = createServer(createWebApp(kernel, { checkReplies: true }).callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const worker: RunningWorker | null = options.worker === false ? null : await startWorker(kernel);
  return {
    kernel,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      await closeServer(server);
      await worker?.stop();
      await kernel.close();
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** Root has looked at the drivers of the plugins under test. A plugin whose driver cannot be read is left to the loader, which says why. */
async function installDrivers(agent: FakeAgent, plugins: readonly (string | URL)[]): Promise<void> {
  for (const plugin of plugins) {
    const dir = plugin instanceof URL ? fileURLToPath(plugin) : plugin;
    const facts = await readPackage(dir, ['source']).catch(() => null);
    if (facts?.driver)
      agent.installDriver(JSON.parse(await readFile(facts.driver.file, 'utf8')), facts.driver.sha256);
  }
}

function testConfig(database: TestDatabase, stateDir: string): KernelConfig {
  return {
    ownerDatabaseUrl: database.ownerUrl,
    databaseUrl: database.appUrl,
    redisUrl: null,
    agentSocket: join(stateDir, 'agent.sock'),
    listen: null,
    localSocket: null,
    publicUrl: 'https://panel.example.com:8443',
    stateDir,
    pluginDirs: [],
    trustedProxies: [],
    safeMode: false,
  };
}
