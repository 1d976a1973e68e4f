import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentCall, RouteSpec } from '@tenpanel/sdk';
import { createAuditLog } from '../audit/create-audit-log.js';
import { identityEntities } from '../auth/identity-entities.js';
import { emptyRegistry } from '../boot/empty-registry.js';
import type { Kernel, KernelConfig } from '../contracts.js';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { createDesired } from '../desired/create-desired.js';
import { HookTable } from '../hooks/hook-table.js';
import { createMessages } from '../i18n/create-messages.js';
import { kernelLocales, readCatalogues } from '../i18n/read-catalogues.js';
import { createJobs } from '../jobs/create-jobs.js';
import { createLimits } from '../limits/create-limits.js';
import { kernelMetrics } from '../metrics/kernel-metrics.js';
import type { GuardedHttp } from '../net/create-guarded-http.js';
import { createOutbox } from '../outbox/create-outbox.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { registerKernelPermissions } from '../rbac/kernel-permissions.js';
import { widgetMigrations, widgetRegistry, WidgetEntity } from '../reconcile/test-widgets.js';
import { kernelRoutes } from '../routes/kernel-routes.js';
import { createSecretBox } from '../secrets/create-secret-box.js';
import { createSettings } from '../settings/create-settings.js';
import { createWebhooks } from '../webhooks/create-webhooks.js';
import { createMemoryStore } from '../store/create-memory-store.js';
import { createAdmin } from '../users/create-admin.js';
import type { AppOptions } from './app-options.js';
import { createApp } from './create-app.js';
import { markLocal } from './local-peers.js';

export const PASSWORD = 'correct horse battery staple';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  // Tests look into answers of many shapes; each says what it expects.
  body: Record<string, never> & { [key: string]: unknown };
  text: string;
}

export interface Asking {
  token?: string;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string;
  headers?: Record<string, string>;
  /** Through the local administration socket. */
  local?: boolean;
}

/** A small kernel on a real database, served over real sockets. Time stands still unless a test moves it. */
export class TestPanel {
  now = Date.parse('2026-11-23T12:00:00Z');
  kernel!: Kernel;
  database!: TestDatabase;
  db!: KernelDatabase;
  /** Operations that were asked of the root agent. */
  readonly asked: string[] = [];
  #servers: Server[] = [];
  #ports = { remote: 0, local: 0 };
  #stateDir = '';

  static async start(
    routes: readonly RouteSpec[] = [],
    options: AppOptions = {},
    config: Partial<KernelConfig> = {},
  ): Promise<TestPanel> {
    const panel = new TestPanel();
    await panel.#compose(config);
    for (const spec of routes) panel.kernel.registry.routes.push({ owner: 'widgets', spec });
    await panel.#serve(options);
    return panel;
  }

  async #compose(config: Partial<KernelConfig>): Promise<void> {
    const now = (): number => this.now;
    this.#stateDir = await mkdtemp(join(tmpdir(), 'tenpanel-http-'));
    this.database = await createTestDatabase({ migrations: [{ owner: 'widgets', steps: widgetMigrations }] });
    const db = await createDatabase({
      url: this.database.appUrl,
      entities: [...identityEntities, WidgetEntity as never],
      log: silentLog,
    });
    this.db = db;
    const registry = { ...emptyRegistry(), ...widgetRegistry() };
    const agent: AgentCall = (name) => {
      this.asked.push(name);
      return Promise.resolve({ supported: false } as never);
    };
    const desired = createDesired({ registry, now });
    const outbox = createOutbox({ db, log: silentLog });
    const hooks = new HookTable({ db, outbox, desired, log: silentLog });
    const jobs = createJobs({
      db,
      url: this.database.appUrl,
      desired,
      hooks: () => hooks,
      agentFor: () => agent,
      log: silentLog,
    });
    this.kernel = {
      config: {
        ownerDatabaseUrl: this.database.ownerUrl,
        databaseUrl: this.database.appUrl,
        redisUrl: null,
        agentSocket: '',
        listen: null,
        localSocket: null,
        publicUrl: 'https://panel.test:8443',
        stateDir: this.#stateDir,
        pluginDirs: [],
        trustedProxies: ['127.0.0.1'],
        safeMode: false,
        ...config,
      },
      log: silentLog,
      now,
      db,
      audit: createAuditLog({ key: Buffer.alloc(32, 1), now }),
      outbox,
      jobs,
      desired,
      hooks,
      settings: createSettings(),
      secrets: createSecretBox(Buffer.alloc(32, 2)),
      agent,
      limits: createLimits({ registry, accounts: () => undefined }),
      registry,
      i18n: createMessages([await readCatalogues(kernelLocales)]),
      store: createMemoryStore(),
    };
    const refused: GuardedHttp = { request: () => Promise.reject(new Error('no network in tests')) };
    const webhooks = createWebhooks({
      db,
      outbox,
      secrets: this.kernel.secrets,
      http: refused,
      accounts: () => undefined,
      log: silentLog,
      now,
    });
    registry.metrics.push(...kernelMetrics.map((spec) => ({ owner: 'kernel', spec })));
    registerKernelPermissions(registry);
    registry.permissions.set('widget.read', {
      owner: 'widgets',
      title: 'See widgets',
      roles: ['admin', 'reseller', 'client'],
    });
    registry.permissions.set('widget.write', {
      owner: 'widgets',
      title: 'Change widgets',
      roles: ['admin', 'reseller', 'client'],
    });
    registry.permissions.set('widget.admin', {
      owner: 'widgets',
      title: 'Administer widgets',
      roles: ['admin'],
    });
    registry.routes.push(...kernelRoutes(Object.assign(this.kernel, { webhooks })));
  }

  async #serve(options: AppOptions): Promise<void> {
    const app = createApp(this.kernel, { checkReplies: true, ...options });
    for (const kind of ['remote', 'local'] as const) {
      const server = createServer(app.callback());
      if (kind === 'local') server.on('connection', markLocal);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      this.#ports[kind] = (server.address() as AddressInfo).port;
      this.#servers.push(server);
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#ports.remote}`;
  }

  ask(method: string, path: string, asking: Asking = {}): Promise<Answer> {
    const text = asking.raw ?? (asking.body === undefined ? undefined : JSON.stringify(asking.body));
    const headers: Record<string, string> = { host: 'evil.example', ...asking.headers };
    if (text !== undefined) {
      headers['content-type'] ??= 'application/json';
      headers['content-length'] = String(Buffer.byteLength(text));
    }
    if (asking.token) headers['authorization'] = `Bearer ${asking.token}`;
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: asking.local ? this.#ports.local : this.#ports.remote,
          method,
          path,
          headers,
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const received = Buffer.concat(chunks).toString('utf8');
            const json = /json/.test(response.headers['content-type'] ?? '') && received !== '';
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: (json ? JSON.parse(received) : {}) as Answer['body'],
              text: received,
            });
          });
        },
      );
      request.on('error', reject);
      request.end(text);
    });
  }

  /** A full administrator, signed in. */
  async admin(email = 'admin@panel.test'): Promise<string> {
    await createAdmin(this.kernel, { email, password: PASSWORD });
    return this.login(email);
  }

  async login(email: string, password = PASSWORD): Promise<string> {
    const answer = await this.ask('POST', '/api/auth/login', { body: { login: email, password } });
    if (answer.status !== 200) throw new Error(`log-in answered ${answer.status}: ${answer.text}`);
    return String(answer.body['accessToken']);
  }

  /** A customer below the provider or another tenant, with a user who is signed in. */
  async customer(
    token: string,
    email: string,
    role: 'reseller' | 'client' = 'client',
    parentId?: number,
  ): Promise<{ token: string; id: number; tenantId: number }> {
    const made = await this.ask('POST', '/api/users', {
      token,
      body: {
        email,
        name: email,
        role,
        password: PASSWORD,
        tenant: { name: email, ...(parentId ? { parentId } : {}) },
      },
    });
    if (made.status !== 201) throw new Error(`POST /users answered ${made.status}: ${made.text}`);
    const user = made.body['user'] as unknown as { id: number; tenantId: number };
    return { token: await this.login(email), id: user.id, tenantId: user.tenantId };
  }

  /** Rows of the audit log, oldest first. */
  async audit(): Promise<
    { action: string; outcome: string; actor: string; behalf: unknown; object: string | null }[]
  > {
    return this.db.read('/', (em) =>
      em
        .getConnection()
        .execute(
          'select action, outcome, actor_name as actor, on_behalf_of as behalf, object from kernel.audit order by seq',
          [],
          'all',
          em.getTransactionContext(),
        ),
    );
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
    await this.kernel?.jobs.stop();
    await this.db?.close();
    await this.database?.drop();
    await rm(this.#stateDir, { recursive: true, force: true });
  }
}
