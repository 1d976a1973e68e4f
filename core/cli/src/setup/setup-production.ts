import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { Layout } from '../layout/layout.js';
import { runOffline } from '../offline/run-offline.js';
import { openDatabase } from '../start/database.js';
import type { Progress } from '../start/progress.js';
import { RunRecord } from '../start/run-record.js';
import { accepts, waitUntil } from '../start/wait-until.js';
import { findProgram } from '../system/find-program.js';
import { hasSystemd } from '../system/has-systemd.js';
import { mustRun } from '../system/run-program.js';
import { readConfigFile, writeConfigFile } from './config-file.js';
import { installPluginPackages } from './plugin-packages.js';
import { prepareHost } from './prepare-host.js';
import { panelUnits } from './units/panel-units.js';

/** A small, busy or emulated machine needs minutes to start Node with all plugins; that is slow, and no failure. */
const SLOWEST_START_SECONDS = 240;

export interface ProductionOptions {
  adminEmail: string;
  databaseUrl?: string | undefined;
  redisUrl?: string | undefined;
}

/** Set the panel up as system services. Idempotent: services are restarted only when their unit or the configuration changed. */
export async function setupProduction(
  context: CliContext,
  progress: Progress,
  options: ProductionOptions,
): Promise<{ address: string; email: string; password: string | null }> {
  const { layout } = context;
  const systemctl = findProgram('systemctl');
  if (!hasSystemd() || !systemctl) {
    throw new CliError('systemd is not running on this machine, so there can be no units.', ExitCode.usage, [
      'Use "tenpanel start", for example as the container’s main process.',
    ]);
  }
  if (new RunRecord(join(layout.supervisorDir, 'start.json')).runningSupervisor()) {
    throw new CliError('"tenpanel start" is running. Stop it first (Ctrl-C).', ExitCode.conflict);
  }
  checkApplication(layout);
  const { user, drivers } = await prepareHost(layout, progress);

  // The embedded server is set up here once; afterwards its unit runs it.
  const database = await progress.step('database', () => openDatabase(layout, user, options.databaseUrl));
  const configured = writeConfigFile(
    layout,
    user,
    database.urls,
    options.redisUrl ? { redisUrl: options.redisUrl } : {},
  );
  const config = readConfigFile(layout);
  if (!config) throw new CliError(`${layout.configFile} could not be written.`, ExitCode.unexpected);

  const port = config.listen?.port ?? 8443;
  const host = config.listen?.host ?? '::';
  const listen =
    host === '::' || host === '0.0.0.0'
      ? String(port)
      : host.includes(':')
        ? `[${host}]:${port}`
        : `${host}:${port}`;
  const units = panelUnits({ layout, embeddedDatabase: database.embedded, listen });
  const changed = writeUnits(units);
  if (database.embedded) {
    database.release();
    if (!(await isActive(systemctl, 'tenpanel-postgres.service'))) await database.stop();
  } else {
    rmSync('/etc/systemd/system/tenpanel-postgres.service', { force: true });
  }
  await mustRun(findProgram('systemd-tmpfiles') ?? '/usr/bin/systemd-tmpfiles', [
    '--create',
    '/etc/tmpfiles.d/tenpanel.conf',
  ]);
  if (changed.length > 0) {
    await mustRun(systemctl, ['daemon-reload']);
    progress.say(`units: ${changed.map((path) => path.split('/').at(-1)).join(', ')}`);
  }
  const first = [...(database.embedded ? ['tenpanel-postgres.service'] : []), 'tenpanel-agent.service'];
  await progress.step('database and root agent as services', async () => {
    await mustRun(systemctl, ['start', ...first], { timeout: 320 });
    if (!(await waitUntil(() => accepts(layout.agentSocket), SLOWEST_START_SECONDS, context.signal))) {
      throw new CliError('The root agent does not answer.', ExitCode.unexpected, [
        'Look at: journalctl -u tenpanel-agent',
      ]);
    }
  });
  const { admin, disabled } = await progress.step('database schema and administrator', () =>
    runOffline(layout, 'prepare', { email: options.adminEmail }),
  );
  if (admin.password)
    progress.say(`administrator ${admin.email}, password ${admin.password} (shown only now)`);
  const wanted = drivers.filter(({ plugin }) => !disabled.includes(plugin));
  await progress.step('system packages of the plugins', () =>
    installPluginPackages(context, wanted, progress),
  );
  await progress.step('panel as services', async () => {
    await mustRun(systemctl, ['enable', 'tenpanel.target', 'tenpanel-web.socket'], { timeout: 60 });
    // What starts now starts with the new units and configuration; only what ran before has to be started again.
    const old: string[] = [];
    if (changed.length > 0 || configured)
      for (const unit of ['tenpanel-web.service', 'tenpanel-worker.service'])
        if (await isActive(systemctl, unit)) old.push(unit);
    await mustRun(systemctl, ['start', 'tenpanel-web.socket', 'tenpanel.target'], { timeout: 120 });
    if (old.length > 0) await mustRun(systemctl, ['restart', ...old], { timeout: 120 });
    const up = () =>
      context.client.request({ method: 'GET', path: '/healthz', timeoutMs: 5000 }).then(
        ({ status }) => status === 200,
        () => false,
      );
    if (!(await waitUntil(up, SLOWEST_START_SECONDS, context.signal))) {
      throw new CliError('The panel does not answer yet.', ExitCode.unexpected, [
        'Look at: journalctl -u tenpanel-web -u tenpanel-worker',
      ]);
    }
  });
  return { address: config.publicUrl, email: admin.email, password: admin.password };
}

/** Units name files of this application: they must be readable for the panel's user and writable only for root. */
function checkApplication({ app }: Layout): void {
  for (let folder = app; ; folder = dirname(folder)) {
    const { mode, uid } = statSync(folder);
    if ((mode & 0o001) === 0 || uid !== 0) {
      throw new CliError(
        `The services cannot run from ${app}: ${folder} is not open to the panel’s user, or not owned by root.`,
        ExitCode.usage,
        ['Run "npm start -- setup --production" in the checkout; it copies the panel to /opt/tenpanel/app.'],
      );
    }
    if (folder === dirname(folder)) return;
  }
}

function writeUnits(units: Map<string, string>): string[] {
  const changed: string[] = [];
  for (const [path, text] of units) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.part`, text, { mode: 0o644 });
    renameSync(`${path}.part`, path);
    changed.push(path);
  }
  return changed;
}

async function isActive(systemctl: string, unit: string): Promise<boolean> {
  return mustRun(systemctl, ['is-active', '--quiet', unit]).then(
    () => true,
    () => false,
  );
}
