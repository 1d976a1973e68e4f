import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where everything of one panel lies. */
export interface Layout {
  /** Everything below one folder, on a simulated host: what people without root get. */
  preview: boolean;
  /** The checkout or the deployed copy that this command belongs to. */
  app: string;
  node: string;
  etcDir: string;
  configFile: string;
  driversDir: string;
  stateDir: string;
  agentStateDir: string;
  databaseDir: string;
  databaseSocketDir: string;
  runDir: string;
  /** Records of `tenpanel start`; only root writes here. */
  supervisorDir: string;
  logDir: string;
  cacheDir: string;
  localSocket: string;
  agentSocket: string;
  /** Root of the simulated host; null on a real one. */
  hostRoot: string | null;
}

/** `dist/layout/layout.js` and `src/layout/layout.ts` are equally deep below the application's folder. */
const appFolder = () => dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

/** The layout of root, or a preview below `.var` (or `TENPANEL_PREVIEW_DIR`) for everybody else. */
export function layout(options: { uid?: number; env?: NodeJS.ProcessEnv } = {}): Layout {
  const env = options.env ?? process.env;
  const app = appFolder();
  const bundled = join(
    app,
    'node_modules/node-linux-' + (process.arch === 'arm64' ? 'arm64' : 'x64'),
    'bin/node',
  );
  const common = { app, node: existsSync(bundled) ? bundled : process.execPath };
  if ((options.uid ?? process.getuid?.() ?? 0) === 0 && !env['TENPANEL_PREVIEW_DIR']) {
    return {
      ...common,
      preview: false,
      hostRoot: null,
      etcDir: '/etc/tenpanel',
      configFile: '/etc/tenpanel/tenpanel.json',
      driversDir: '/etc/tenpanel/drivers.d',
      stateDir: '/var/lib/tenpanel',
      agentStateDir: '/var/lib/tenpanel-agent',
      databaseDir: '/var/lib/tenpanel/postgres',
      databaseSocketDir: '/run/tenpanel/postgres',
      runDir: '/run/tenpanel',
      supervisorDir: '/run/tenpanel-start',
      logDir: '/var/log/tenpanel',
      cacheDir: '/var/cache/tenpanel',
      localSocket: '/run/tenpanel/panel.sock',
      agentSocket: '/run/tenpanel/agent.sock',
    };
  }
  const base = env['TENPANEL_PREVIEW_DIR'] ?? join(app, '.var');
  // A socket's path has at most 107 bytes (man 7 unix).
  const runDir =
    join(base, 'run').length < 80
      ? join(base, 'run')
      : `/tmp/tenpanel-${createHash('sha256').update(base).digest('hex').slice(0, 12)}`;
  return {
    ...common,
    preview: true,
    hostRoot: join(base, 'host'),
    etcDir: join(base, 'etc'),
    configFile: join(base, 'etc/tenpanel.json'),
    driversDir: join(base, 'host/etc/tenpanel/drivers.d'),
    stateDir: join(base, 'state'),
    agentStateDir: join(base, 'agent'),
    databaseDir: join(base, 'state/postgres'),
    databaseSocketDir: join(runDir, 'postgres'),
    runDir,
    supervisorDir: join(base, 'start'),
    logDir: join(base, 'log'),
    cacheDir: join(base, 'cache'),
    localSocket: join(runDir, 'panel.sock'),
    agentSocket: join(runDir, 'agent.sock'),
  };
}
