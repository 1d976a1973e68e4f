import { join } from 'node:path';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { runOffline } from '../offline/run-offline.js';
import { readConfigFile, writeConfigFile } from '../setup/config-file.js';
import { installPluginPackages } from '../setup/plugin-packages.js';
import { prepareHost } from '../setup/prepare-host.js';
import { agentSpec, webSpec, workerSpec } from './child-specs.js';
import { openDatabase } from './database.js';
import { KeptProcess, type ChildEvents } from './kept-process.js';
import { listenOn } from './listen-on.js';
import type { Progress } from './progress.js';
import { RunRecord } from './run-record.js';
import { accepts, waitUntil } from './wait-until.js';

export interface StartOptions {
  adminEmail: string;
  databaseUrl?: string | undefined;
}

export interface StartedPanel {
  publicUrl: string;
  admin: { email: string; password: string | null };
  /** Stop everything in order; resolves when all is gone. */
  stop(): Promise<void>;
}

const READY_SECONDS = 120;

/** Bring the whole panel up in this process's care. Everything that was set up before is only looked at. */
export async function startPanel(
  context: CliContext,
  progress: Progress,
  options: StartOptions,
): Promise<StartedPanel> {
  const { layout } = context;
  const record = new RunRecord(join(layout.supervisorDir, 'start.json'));
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  const events: ChildEvents = {
    started: (name, pid) => record.note(name, pid),
    ended: (name, how, again) => {
      if (again !== null && again > 0)
        progress.warn(
          `${name} ${how}; it is started again in ${again / 1000} s (log: ${join(layout.logDir, `${name}.log`)})`,
        );
    },
  };
  const keep = (child: KeptProcess) => {
    stops.push(() => child.stop());
    child.start();
    return child;
  };
  let admin: StartedPanel['admin'] | null = null;
  try {
    const { user, drivers } = await prepareHost(layout, progress);
    const ended = await record.endLeftovers();
    if (ended.length > 0) progress.say(`ended what an earlier run had left: ${ended.join(', ')}`);
    record.write();
    stops.push(async () => record.remove());

    const database = await progress.step('database', () => openDatabase(layout, user, options.databaseUrl));
    stops.push(() => database.stop());
    writeConfigFile(
      layout,
      user,
      database.urls,
      context.env['REDIS_URL'] ? { redisUrl: context.env['REDIS_URL'] } : {},
    );
    const config = readConfigFile(layout);
    if (!config) throw new CliError(`${layout.configFile} could not be written.`, ExitCode.unexpected);

    const agent = keep(new KeptProcess(agentSpec(layout), events));
    await progress.step('root agent', () =>
      ready(agent, () => accepts(layout.agentSocket), 30, context.signal),
    );
    const prepared = await progress.step('database schema and administrator', () =>
      runOffline(layout, 'prepare', { email: options.adminEmail }),
    );
    admin = prepared.admin;
    const wanted = drivers.filter(({ plugin }) => !prepared.disabled.includes(plugin));
    const installed = await progress.step('system packages of the plugins', () =>
      installPluginPackages(context, wanted, progress),
    );
    if (installed.length > 0) progress.say(`installed: ${installed.join(', ')}`);

    const held = listenOn(config.listen);
    if (held) stops.push(async () => held.close());
    keep(new KeptProcess(workerSpec(layout, user), events));
    const web = keep(new KeptProcess(webSpec(layout, user, held?.fd ?? null), events));
    await progress.step('web and worker', () =>
      ready(web, () => healthy(context), READY_SECONDS, context.signal),
    );
    return { publicUrl: config.publicUrl, admin, stop };
  } catch (error) {
    // The password exists now and is kept nowhere: what fails after it must not swallow it.
    if (admin?.password)
      context.terminal.out(`\n  Administrator ${admin.email}, password ${admin.password} (shown only now)\n`);
    await stop();
    throw error;
  }
}

async function healthy({ client }: CliContext): Promise<boolean> {
  return client.request({ method: 'GET', path: '/healthz', timeoutMs: 5000 }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function ready(
  child: KeptProcess,
  question: () => Promise<boolean>,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  if (await waitUntil(question, seconds, signal)) return;
  if (signal.aborted) throw new CliError('Interrupted.', ExitCode.interrupted);
  throw new CliError(
    `${child.spec.name} did not come up within ${seconds} s. Its last words:`,
    ExitCode.unexpected,
    [...child.lastWords(), `All of it is in ${child.spec.logFile}.`],
  );
}
