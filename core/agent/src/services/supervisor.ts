import { chmod, mkdir, readdir, readFile as readPlain } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, type Driver, type OsFamily, type ServiceStatus } from '@tenpanel/protocol';
import { resolveService, type ServiceTarget } from '../drivers/resolve.js';
import { substitute } from '../drivers/substitute.js';
import { readFile } from '../files/read-file.js';
import { removeFile } from '../files/remove-file.js';
import { writeFile } from '../files/write-file.js';
import { mustRun } from '../process/must-run.js';
import { findProgram } from '../process/program.js';
import type { ServiceManager } from './service-manager.js';
import { programConf, supervisordConf } from './supervisor-conf.js';
import { xmlRpc, XmlRpcFault, type XmlRpcValue } from './xml-rpc.js';

const SUPERVISORD = ['/usr/bin/supervisord', '/usr/local/bin/supervisord'];
const BAD_NAME = 10; // supervisor.xmlrpc.Faults
const ALREADY_STARTED = 60;
const NOT_RUNNING = 70;
const STILL_RUNNING = 91;

export interface SupervisorOptions {
  family: OsFamily;
  /** Folder of socket and pid, below /run. */
  run: string;
  /** Folder of the programs' files; survives a reboot. */
  programs: string;
  /** Installs the distribution's supervisor when it is not there. */
  install(): Promise<void>;
  /** Puts a started main process into the account's cgroup, where there is one. */
  place(pid: number, account: string): Promise<void>;
}

interface ProcessInfo {
  statename: string;
  pid: number;
  spawnerr: string;
}

/**
 * Services under an own instance of supervisord. It is started when the first service is, outlives the agent, and the
 * next agent takes it over through its socket. There is no socket activation: a service on demand simply runs.
 */
export function supervisor(options: SupervisorOptions): ServiceManager {
  const socket = join(options.run, 'supervisor.sock');
  const call = (method: string, ...params: (string | number | boolean)[]): Promise<XmlRpcValue> =>
    xmlRpc(socket, `supervisor.${method}`, params, 120);
  let up: Promise<void> | null = null;

  const isUp = (): Promise<boolean> =>
    call('getState').then(
      () => true,
      () => false,
    );

  const boot = async (): Promise<void> => {
    if (await isUp()) return;
    await findProgram(SUPERVISORD).catch(() => options.install());
    for (const folder of [options.run, options.programs, '/var/log/tenpanel/services']) {
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o755);
    }
    const conf = join(options.run, 'supervisord.conf');
    await writeFile(conf, supervisordConf(options.run, options.programs, await openFilesLimit()), {
      mode: 0o600,
    });
    await mustRun(SUPERVISORD, ['--configuration', conf]);
    for (let tries = 0; tries < 100; tries++) {
      if (await isUp()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new AgentError(
      'agent.serviceFailed',
      'The supervisor did not start. See /var/log/tenpanel/supervisord.log.',
    );
  };
  const ensureUp = (): Promise<void> => {
    up ??= boot().finally(() => (up = null));
    return up;
  };

  const ignoring = async (code: number, work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      if (!(error instanceof XmlRpcFault) || error.code !== code) throw error;
    });
  };

  /** Write the program's file and make the supervisor know it; a changed file takes the place of the old program. */
  const define = async (target: ServiceTarget, autostart: boolean): Promise<void> => {
    await ensureUp();
    const { foreground } = target.spec;
    const name = programName(target);
    const conf = programConf({
      name,
      program: await findProgram(foreground.program),
      argv: foreground.argv.map((each) => substitute(each, target.values)),
      user: foreground.user,
      stopSignal: foreground.stopSignal?.replace(/^SIG/, ''),
      autostart,
    });
    const path = join(options.programs, `${name}.conf`);
    const current = await readFile(path);
    const known = await info(name);
    if (current?.toString('utf8') === conf && known) return;
    await writeFile(path, conf, { mode: 0o644 });
    await call('reloadConfig');
    // Only `autostart` differs between start and enable: the running program need not be ended for that.
    if (known && sameButAutostart(current?.toString('utf8') ?? '', conf)) return;
    if (known) {
      await ignoring(NOT_RUNNING, call('stopProcessGroup', name));
      await call('removeProcessGroup', name);
    }
    await call('addProcessGroup', name);
  };

  const info = async (name: string): Promise<ProcessInfo | null> => {
    try {
      return (await call('getProcessInfo', `${name}:${name}`)) as unknown as ProcessInfo;
    } catch (error) {
      if (error instanceof XmlRpcFault && error.code === BAD_NAME) return null;
      if (error instanceof XmlRpcFault) throw error;
      return null; // the supervisor is not up: then nothing runs
    }
  };

  const prepare = async (target: ServiceTarget): Promise<void> => {
    for (const step of target.spec.foreground.prepare ?? []) {
      const argv = step.argv.map((each) => substitute(each, target.values));
      await mustRun(step.program, argv, { timeout: step.timeout ?? 30 });
    }
  };

  const launch = async (target: ServiceTarget): Promise<void> => {
    const name = programName(target);
    await prepare(target);
    try {
      await ignoring(ALREADY_STARTED, call('startProcess', `${name}:${name}`, true));
    } catch (error) {
      const words = await lastLines(`/var/log/tenpanel/services/${name}.log`);
      throw new AgentError(
        'agent.serviceFailed',
        `${name} did not start (${error instanceof Error ? error.message : String(error)}). ${words}`.trim(),
      );
    }
  };

  const autostartOf = async (target: ServiceTarget): Promise<boolean> => {
    const conf = await readFile(join(options.programs, `${programName(target)}.conf`));
    return conf?.toString('utf8').includes('\nautostart=true\n') ?? false;
  };

  return {
    kind: 'supervisor',
    activate: () => Promise.resolve(),
    async resume(drivers) {
      const names = (await readdir(options.programs).catch(() => [])).map((name) =>
        name.replace(/\.conf$/, ''),
      );
      if (names.length === 0 || (await isUp())) return;
      for (const name of names) {
        const target = targetOf(name, drivers, options.family);
        // Best effort: one service that cannot be prepared must not keep the others down.
        if (target) await prepare(target).catch(() => undefined);
      }
      await ensureUp();
    },
    async status(target): Promise<ServiceStatus> {
      const [known, enabled] = await Promise.all([info(programName(target)), autostartOf(target)]);
      if (known === null) {
        const installed = await findProgram(target.spec.foreground.program).then(
          () => true,
          () => false,
        );
        return { state: installed ? 'stopped' : 'missing', enabled, pid: null, memoryBytes: null };
      }
      const states: Record<string, ServiceStatus['state']> = {
        RUNNING: 'running',
        STARTING: 'starting',
        BACKOFF: 'failed',
        FATAL: 'failed',
        EXITED: 'failed',
      };
      const state = states[known.statename] ?? 'stopped';
      const memoryBytes = known.pid > 0 ? await residentBytes(known.pid) : null;
      return {
        state,
        enabled,
        pid: known.pid > 0 ? known.pid : null,
        memoryBytes,
        ...(known.spawnerr === '' ? {} : { message: known.spawnerr }),
      };
    },
    async start(target) {
      await define(target, await autostartOf(target));
      await launch(target);
    },
    async stop(target) {
      const name = programName(target);
      if ((await info(name)) !== null)
        await ignoring(NOT_RUNNING, call('stopProcess', `${name}:${name}`, true));
    },
    async restart(target) {
      await this.stop(target);
      await define(target, await autostartOf(target));
      await launch(target);
    },
    reload: (target) =>
      call('signalProcess', `${programName(target)}:${programName(target)}`, 'HUP').then(() => undefined),
    signal: (target, signal) =>
      call('signalProcess', `${programName(target)}:${programName(target)}`, signal).then(() => undefined),
    async enable(target, account) {
      await define(target, true);
      await launch(target);
      const pid = (await info(programName(target)))?.pid;
      if (account !== undefined && pid !== undefined && pid > 0) await options.place(pid, account);
    },
    async disable(target) {
      const name = programName(target);
      await this.stop(target);
      if ((await info(name)) === null) return;
      await ignoring(STILL_RUNNING, call('removeProcessGroup', name));
      await removeFile(join(options.programs, `${name}.conf`), options.programs);
      await call('reloadConfig');
    },
  };
}

/** What daemons may open: a web server's share, but no more than this container allows even root. */
async function openFilesLimit(): Promise<number> {
  const text = await readPlain('/proc/self/limits', 'utf8').catch(() => '');
  const hard = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(text)?.[1] ?? 1024);
  return Math.min(65_536, hard);
}

/** The service behind a program's name, if a driver still has it. */
function targetOf(name: string, drivers: Driver[], family: OsFamily): ServiceTarget | null {
  const [id, service = '', ...instance] = name.split('.');
  const driver = drivers.find((each) => each.id === id);
  try {
    const ref = instance.length === 0 ? { service } : { service, instance: instance.join('.') };
    return driver ? resolveService(driver, ref, family) : null;
  } catch {
    return null;
  }
}

/** The supervisor splits names at colons; everything else in ours is plain already. */
function programName(target: ServiceTarget): string {
  return target.id.replace('/', '.').replace('@', '.');
}

function sameButAutostart(one: string, other: string): boolean {
  const without = (text: string): string => text.replace(/^autostart=.*$/m, '');
  return without(one) === without(other);
}

async function residentBytes(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`).catch(() => null);
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(text?.toString('utf8') ?? '');
  return match ? Number(match[1]) * 1024 : null;
}

async function lastLines(path: string): Promise<string> {
  const bytes = await readFile(path, 16 * 1024 * 1024).catch(() => null);
  return bytes?.toString('utf8').trim().split('\n').slice(-5).join('\n') ?? '';
}
