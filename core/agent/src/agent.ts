import { execPath } from 'node:process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { accounts } from './accounts/accounts.js';
import { simulatedAccounts } from './accounts/simulated-accounts.js';
import type { ConfigContext } from './config/config-context.js';
import { configEngine } from './config/config-engine.js';
import { fileHashes } from './config/file-hashes.js';
import { openLedger } from './config/ledger.js';
import { recover } from './config/recover.js';
import { unfinished } from './config/unfinished.js';
import { openSandbox } from './config/sandbox.js';
import { activateDriver } from './drivers/activate-driver.js';
import { driverRegistry } from './drivers/registry.js';
import { hostPaths } from './files/host-paths.js';
import { readGroups } from './files/users.js';
import { openActionLog } from './logs/action-log.js';
import type { AgentContext } from './operations/context.js';
import { agentVersion } from './operations/info.js';
import type { AgentOptions } from './options.js';
import { detectOs } from './os/detect.js';
import { packages } from './packages/packages.js';
import { simulatedPackages } from './packages/simulated-packages.js';
import { quota } from './quota/quota.js';
import { dispatch } from './server/dispatch.js';
import { socketServer } from './server/socket-server.js';
import { chooseManager, isSystemd } from './services/choose-manager.js';
import { idleWatch } from './services/idle-watch.js';
import { cgroupSupport } from './slices/cgroup-support.js';
import { directSlices } from './slices/direct-slices.js';
import { noSlices, type Slices } from './slices/slices.js';
import { systemdSlices } from './slices/systemd-slices.js';
import { noSlice, systemdSlice } from './tenant/in-slice.js';
import { tenantProcesses } from './tenant/tenant-processes.js';

export interface RunningAgent {
  /** Read the drivers again and reopen the log (SIGHUP). */
  reload(): Promise<void>;
  /** Finish what runs, then return. */
  stop(): Promise<void>;
}

const SIMULATED = 'This is a simulated host: no limit is held.';

/** Put the rooms together, put back what a killed agent left half done, then open the socket. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const paths = hostPaths(options.root);
  await mkdir(options.state, { recursive: true, mode: 0o700 });
  await chmod(options.state, 0o700);
  const log = openActionLog(options.log);
  const note = (event: string, details: Record<string, unknown> = {}): void =>
    log.write({ event, ...details });
  const { profile, os } = await detectOs();
  const underSystemd = !paths.simulated && (await isSystemd());
  const cgroup = paths.simulated
    ? { version: 0 as const, controllers: [], reason: SIMULATED }
    : await cgroupSupport();
  const slices = chooseSlices(cgroup, underSystemd);
  const pack = paths.simulated ? simulatedPackages(options.state) : packages(profile);
  await pack.cleanUp();
  const services = chooseManager(
    { state: options.state, supervisor: options.supervisor, systemd: underSystemd },
    { paths, profile, packages: pack, slices },
  );
  const drivers = driverRegistry(options.drivers, !paths.simulated);
  const installAcl = async (): Promise<void> => void (await pack.install([profile.helpers.acl]));
  const ledger = await openLedger(options.state, note);
  const configContext: ConfigContext = {
    state: options.state,
    ledger,
    unfinished: unfinished(),
    paths,
    family: profile.family,
    services,
    hashes: fileHashes(),
    sandboxed: !paths.simulated && (await canSandbox(options.state, note)),
    nextBatch: batchNumbers([...ledger.all()].reduce((most, { batch }) => Math.max(most, batch), 0)),
    note,
  };
  const people = paths.simulated
    ? simulatedAccounts(options.state, paths)
    : accounts({ state: options.state, paths, profile, installAcl });
  const activate = async (): Promise<void> => {
    for (const { driver } of await drivers.all()) await activateOne(driver);
    // A web server that has just come must be let through the homes that are there already.
    for (const { account, shell } of await people.list()) await people.ensure(account, shell);
  };
  const activateOne = async (driver: Parameters<typeof activateDriver>[0]): Promise<void> => {
    const left = await activateDriver(driver, { paths, family: profile.family, services });
    if (left.length > 0) note('driver.incomplete', { driver: driver.id, left });
  };
  drivers.onLoad(async (loaded, refused) => {
    note('drivers.loaded', {
      drivers: loaded.map(({ driver, sha256 }) => ({ id: driver.id, version: driver.version, sha256 })),
      refused: Object.fromEntries(refused),
    });
    for (const { driver } of loaded) await activateOne(driver);
  });
  const inSlice = underSystemd ? systemdSlice() : noSlice;
  const agent: AgentContext = {
    paths,
    profile,
    os,
    cgroup,
    drivers,
    services,
    config: configEngine(configContext, drivers),
    configContext,
    accounts: people,
    slices,
    quota: paths.simulated
      ? {
          set: () => Promise.resolve({ supported: false, reason: SIMULATED }),
          usage: () => Promise.resolve({ supported: false, reason: SIMULATED }),
        }
      : quota(async () => void (await pack.install([profile.helpers.quota]))),
    packages: pack,
    inSlice,
    tenants: tenantProcesses(paths, inSlice),
    activate,
  };
  await drivers.reload();
  await services.resume((await drivers.all()).map((each) => each.driver)).catch((error: Error) => {
    note('services.notResumed', { reason: error.message });
  });
  await recover(configContext, (id) => drivers.get(id));
  const stopIdleWatch = underSystemd
    ? idleWatch(profile.family, async () => (await drivers.all()).map((each) => each.driver))
    : () => undefined;
  const gid = options.group === null ? null : ((await readGroups()).get(options.group)?.gid ?? null);
  if (options.group !== null && gid === null) note('socket.noGroup', { group: options.group });
  const server = await socketServer(options.socket, gid, (op, args, call) =>
    dispatch(op, args, agent, call, log),
  );
  note('agent.started', {
    version: agentVersion,
    node: execPath,
    services: services.kind,
    simulated: paths.simulated,
    sandboxed: configContext.sandboxed,
  });
  return {
    async reload() {
      log.reopen();
      await drivers.reload();
    },
    async stop() {
      stopIdleWatch();
      await server.close();
      await agent.config.idle();
      await agent.tenants.close();
      drivers.close();
      note('agent.stopped');
      log.close();
    },
  };
}

function chooseSlices(cgroup: AgentContext['cgroup'], underSystemd: boolean): Slices {
  if (cgroup.reason !== undefined) return noSlices(cgroup.reason);
  return underSystemd ? systemdSlices(cgroup.controllers) : directSlices(cgroup.controllers);
}

async function canSandbox(
  state: string,
  note: (event: string, details: Record<string, unknown>) => void,
): Promise<boolean> {
  try {
    (await openSandbox(join(state, 'stage'))).close();
    return true;
  } catch (error) {
    note('config.noSandbox', { reason: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

/** Milliseconds since 1970, but never below what the ledger holds: a clock that was set back changes no order. */
function batchNumbers(highest: number): () => number {
  let last = highest;
  return () => (last = Math.max(last + 1, Date.now()));
}
