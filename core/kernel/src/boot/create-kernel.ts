import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectAgent } from '@tenpanel/protocol/client';
import { identityToken, type Accounts } from '@tenpanel/sdk';
import { createAgentFor } from '../agent/agent-for.js';
import { createAuditLog } from '../audit/create-audit-log.js';
import { identityCleanup } from '../auth/identity-cleanup.js';
import type { KernelConfig } from '../contracts.js';
import { parseDatabaseUrl } from '../db/database-url.js';
import { migrateKernel } from '../db/migrate-kernel.js';
import { migrate } from '../db/migrate.js';
import { sql } from '../db/sql.js';
import { withOwner } from '../db/with-owner.js';
import { createDesired } from '../desired/create-desired.js';
import { HookTable } from '../hooks/hook-table.js';
import { timeLimit } from '../hooks/time-limit.js';
import { createMessages } from '../i18n/create-messages.js';
import { kernelLocales, readCatalogues } from '../i18n/read-catalogues.js';
import { createJobs } from '../jobs/create-jobs.js';
import { createLimits } from '../limits/create-limits.js';
import { kernelMetrics } from '../metrics/kernel-metrics.js';
import { createGuardedHttp } from '../net/create-guarded-http.js';
import { createOutbox } from '../outbox/create-outbox.js';
import { Capabilities } from '../plugins/capabilities.js';
import { CrashGuard } from '../plugins/crash-guard.js';
import { installJob } from '../plugins/install-job.js';
import { PluginManager } from '../plugins/plugin-manager.js';
import { pluginPermissions, pluginRoutes } from '../plugins/plugin-routes.js';
import { writePluginRow } from '../plugins/plugin-rows.js';
import { readPluginMessages } from '../plugins/read-plugin-messages.js';
import { preparePlugins } from '../plugins/prepare-plugins.js';
import { readRegistry } from '../plugins/registry-file.js';
import { shareSdk } from '../plugins/share-sdk.js';
import { runStarts } from '../plugins/run-starts.js';
import { startPlugins, type PluginCalls } from '../plugins/start-plugins.js';
import { registerKernelPermissions } from '../rbac/kernel-permissions.js';
import { createPlanner } from '../reconcile/create-planner.js';
import { createReconciler } from '../reconcile/create-reconciler.js';
import { kernelRoutes } from '../routes/kernel-routes.js';
import { createSecretBox, deriveKey } from '../secrets/create-secret-box.js';
import { loadMasterKey } from '../secrets/load-master-key.js';
import { createSettings } from '../settings/create-settings.js';
import { createSharedStore } from '../store/create-shared-store.js';
import { createIdentity } from '../users/create-identity.js';
import { createWebhooks } from '../webhooks/create-webhooks.js';
import { createLog } from './create-log.js';
import { emptyRegistry } from './empty-registry.js';
import type { KernelOptions } from './kernel-options.js';
import { openDatabase } from './open-database.js';
import { readPluginState } from './read-state.js';
import type { RunningKernel } from './running-kernel.js';
import { saveStates } from './save-states.js';
import { watchPlugins } from './watch-plugins.js';

const STOP_LIMIT_MS = 5_000;

/**
 * Compose the panel: schema, plugins' manifests and code, database, services, plugins' setup. Serves nothing yet:
 * `startWeb` and `startWorker` do. A plugin never makes this throw; a database or a key that is wrong does.
 */
export async function createKernel(
  config: KernelConfig,
  options: KernelOptions = {},
): Promise<RunningKernel> {
  const now = options.now ?? Date.now;
  const log = options.log ?? createLog('tenpanel');
  const connection = options.agent ? null : connectAgent(config.agentSocket);
  const agent = options.agent ?? connection?.call ?? unreachable();
  const appRole = parseDatabaseUrl(config.databaseUrl).user;
  const { ownerDatabaseUrl: ownerUrl } = config;
  shareSdk();

  await migrateKernel({ ownerUrl, appRole, log });
  const rows = await readPluginState(config, log);
  const guard = new CrashGuard(config.stateDir, options.process ?? 'web', now);
  const wanted = (options.plugins ?? []).map((plugin) =>
    (plugin instanceof URL || plugin.startsWith('file:') ? fileURLToPath(plugin) : plugin).replace(
      /\/+$/,
      '',
    ),
  );
  const conditions = options.conditions ?? [];
  const lineup = await preparePlugins({
    where: {
      folders: config.pluginDirs,
      single: [
        ...wanted,
        ...[...rows.values()].flatMap((row) =>
          row.source && row.state !== 'uninstalled' ? [row.source] : [],
        ),
      ],
      registry: await readRegistry(
        options.registryFile === undefined ? defaultRegistryFile() : options.registryFile,
      ),
      conditions,
    },
    rows,
    wanted,
    given: { [identityToken.id]: identityToken.version },
    safeMode: config.safeMode,
    drivers: await agent('agent.info', {}).then(
      (info) => info.drivers,
      () => null,
    ),
    guard,
  });
  await withOwner(ownerUrl, (client) =>
    lineup.each('Its migrations failed', async ({ candidate, definition }) => {
      const steps = definition.migrations ?? [];
      await migrate({ ownerUrl, client, appRole, owner: candidate.id, steps, log });
    }),
  );
  const db = await openDatabase(config.databaseUrl, lineup, log);

  const masterKey = await loadMasterKey({ keyFile: join(config.stateDir, 'secret.key'), db });
  const registry = emptyRegistry();
  const capabilities = new Capabilities();
  const audit = createAuditLog({ key: deriveKey(masterKey, 'audit'), now });
  const desired = createDesired({ registry, now });
  const outbox = createOutbox({ db, log });
  const hooks = new HookTable({ db, outbox, desired, log });
  const onBreach = (id: string, reason: string): void => {
    log.error({ plugin: id, reason }, 'a plugin broke its manifest and was stopped');
    lineup.outcomes.set(id, { state: 'failed', reason });
    const known = registry.plugins.get(id);
    if (known) registry.plugins.set(id, { ...known, state: 'failed', reason });
    void db
      .transaction('/', (em) =>
        writePluginRow((text, values) => sql(em, text, values), id, {
          enabled: true,
          state: 'failed',
          reason,
        }),
      )
      .catch((error: unknown) => log.error({ err: error }, 'the state of a plugin could not be saved'));
  };
  const agentFor = createAgentFor(agent, registry, onBreach);
  const manager = new PluginManager({ kernel: { registry, agent }, lineup, guard, conditions });
  const store = await createSharedStore({ redisUrl: config.redisUrl, log, now });
  const stopListening: (() => Promise<void>)[] = [];
  let calls: PluginCalls = { starts: [], stops: [] };
  let enabledAtStart: ReadonlySet<string> = new Set();

  const secrets = createSecretBox(masterKey);
  const accounts = () => capabilities.get('accounts') as Accounts | undefined;

  const kernel: RunningKernel = {
    config,
    log,
    now,
    db,
    audit,
    outbox,
    jobs: createJobs({ db, url: config.databaseUrl, desired, hooks: () => hooks, agentFor, log, now }),
    desired,
    hooks,
    settings: createSettings(),
    secrets,
    agent,
    limits: createLimits({ registry, accounts }),
    registry,
    i18n: createMessages([
      await readCatalogues(kernelLocales),
      ...(await Promise.all(lineup.alive.map(({ candidate }) => readPluginMessages(candidate)))),
    ]),
    store,
    capabilities,
    plugins: manager,
    reconciler: createReconciler({ db, registry, agentFor, audit, log, now }),
    planner: createPlanner({ registry, agentFor }),
    webhooks: createWebhooks({ db, outbox, secrets, http: createGuardedHttp(), accounts, log, now }),
    agentFor,
    runStarts: () => runStarts(calls.starts, log),
    async onRestartWanted(call) {
      stopListening.push(await watchPlugins(db, enabledAtStart, call));
    },
    async close() {
      for (const stop of calls.stops) {
        const tooLate = () => new Error('it took longer than 5 seconds');
        await timeLimit(
          Promise.resolve().then(() => stop()),
          STOP_LIMIT_MS,
          tooLate,
        ).catch((error: unknown) => log.error({ err: error }, 'a plugin could not stop'));
      }
      for (const stop of stopListening) await stop();
      connection?.close();
      await store.close();
      await db.close();
    },
  };

  registerKernelPermissions(registry);
  for (const [permission, value] of Object.entries(pluginPermissions))
    registry.permissions.set(permission, { owner: 'kernel', ...value });
  registry.routes.push(
    ...kernelRoutes(kernel),
    ...pluginRoutes(manager).map((spec) => ({ owner: 'kernel', spec })),
  );
  registry.metrics.push(...kernelMetrics.map((spec) => ({ owner: 'kernel', spec })));
  kernel.jobs.register('kernel', installJob(manager));
  kernel.jobs.schedule('kernel', identityCleanup(kernel));
  capabilities.provide(identityToken, createIdentity(kernel));
  calls = await startPlugins({
    kernel,
    hooks,
    lineup,
    capabilities,
    guard,
    onBreach,
    setupLimitMs: options.setupLimitMs,
  });
  // The command line loads less than the panel does; what it sees is not how the panel is.
  if (options.process !== 'cli') enabledAtStart = await saveStates(db, lineup, rows, wanted);
  return kernel;
}

/** The panel's packages lie side by side in a checkout and in a deployed copy alike. */
function defaultRegistryFile(): string {
  return fileURLToPath(new URL('../../../../plugin-registry.json', import.meta.url));
}

function unreachable(): never {
  throw new Error('There is neither an agent nor a connection to one.');
}
