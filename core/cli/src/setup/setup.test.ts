import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout, type Layout } from '../layout/layout.js';
import { bundledDrivers } from './bundled-plugins.js';
import { readConfigFile, writeConfigFile } from './config-file.js';
import { driverSummary } from './driver-summary.js';
import { installDrivers, readDriver } from './drivers.js';
import { ensureFolders, foldersOf } from './folders.js';
import { panelUnits } from './units/panel-units.js';
import { execArgument } from './units/unit-text.js';

let base: string;
let here: Layout;
const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const urls = {
  ownerUrl: 'postgresql://o:x@localhost/tenpanel',
  appUrl: 'postgresql://a:y@localhost/tenpanel',
};

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tenpanel-setup-'));
  here = layout({ uid: 1000, env: { TENPANEL_PREVIEW_DIR: base } });
});
afterEach(() => rmSync(base, { recursive: true }));

const driver = (id: string) => ({
  id,
  version: 1,
  roots: { conf: { path: `/etc/${id}`, pattern: '^[a-z]+\\.conf$', mode: '0644' } },
  services: {},
  commands: {
    say: {
      program: '/usr/bin/echo',
      argv: ['{word}'],
      args: { word: { pattern: '^[a-z]+$', maxLength: 9 } },
    },
  },
  logs: {},
  globs: {},
  packages: { main: { debian: ['hello'], rhel: ['hello'] } },
  repositories: {},
  groups: {},
  directories: [],
});

function plugin(folder: string, id: string, name: string, more: object = {}): string {
  const dir = join(folder, id);
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name, tenpanel: { id, driver: './driver.json', packages: ['main'], ...more } }),
  );
  writeFileSync(join(dir, 'driver.json'), JSON.stringify(driver(id)));
  return dir;
}

describe('folders', () => {
  it('are made once, and put right when somebody has opened them', () => {
    ensureFolders(here, user);
    expect(ensureFolders(here, user)).toEqual([]);
    chmodSync(here.stateDir, 0o777);
    expect(ensureFolders(here, user)).toEqual([here.stateDir]);
    for (const { path, mode } of foldersOf(here, user))
      expect([path, statSync(path).mode & 0o7777]).toEqual([path, mode]);
  });

  it('are never a link to somewhere else', () => {
    symlinkSync('/tmp', here.etcDir);
    expect(() => ensureFolders(here, user)).toThrow(/is not a folder/);
  });

  it('leave the agent’s socket out of the panel’s reach', () => {
    const real = layout({ uid: 0, env: {} });
    const run = foldersOf(real, { uid: 990, gid: 990 }).find(({ path }) => path === real.runDir);
    expect(run).toMatchObject({ uid: 0, gid: 990, mode: 0o1770 });
  });
});

describe('the configuration file', () => {
  it('keeps what an administrator has written, and does not change without a reason', () => {
    ensureFolders(here, user);
    expect(writeConfigFile(here, user, urls)).toBe(true);
    expect(writeConfigFile(here, user, urls)).toBe(false);
    const config = JSON.parse(readFileSync(here.configFile, 'utf8')) as object;
    writeFileSync(
      here.configFile,
      JSON.stringify({
        ...config,
        publicUrl: 'https://panel.example.com:8443',
        trustedProxies: ['10.0.0.0/8'],
      }),
    );
    writeConfigFile(here, user, urls, { safeMode: true });
    expect(readConfigFile(here)).toMatchObject({
      publicUrl: 'https://panel.example.com:8443',
      trustedProxies: ['10.0.0.0/8'],
      safeMode: true,
    });
    expect(statSync(here.configFile).mode & 0o777).toBe(0o640);
  });
});

describe('host drivers', () => {
  it('are installed without asking only for core plugins of the application’s own folder', () => {
    const app = { ...here, app: join(base, 'app') };
    const plugins = join(app.app, 'plugins');
    plugin(plugins, 'good', '@tenpanel/plugin-good');
    plugin(plugins, 'imposter', 'evil');
    plugin(plugins, 'verified', '@tenpanel/plugin-verified');
    plugin(plugins, 'unknown', '@tenpanel/plugin-unknown');
    const entry = (id: string, tier: string) => ({
      package: `@tenpanel/plugin-${id}`,
      tier,
      onByDefault: true,
    });
    const registry = {
      plugins: {
        good: entry('good', 'core'),
        imposter: entry('imposter', 'core'),
        verified: entry('verified', 'verified'),
      },
    };
    writeFileSync(join(app.app, 'plugin-registry.json'), JSON.stringify(registry));
    expect(bundledDrivers(app).map(({ plugin: id }) => id)).toEqual(['good']);
  });

  it('must carry the plugin’s own id and lie in its folder', () => {
    const dir = plugin(base, 'one', 'one');
    writeFileSync(join(dir, 'driver.json'), JSON.stringify(driver('web-nginx')));
    expect(() => readDriver(dir)).toThrow(/calls itself web-nginx/);
    writeFileSync(
      join(dir, 'package.json'),
      JSON.stringify({ tenpanel: { id: 'one', driver: '../../etc/passwd' } }),
    );
    expect(() => readDriver(dir)).toThrow(/outside the plugin/);
  });

  it('are written once, and shown in words', () => {
    const found = readDriver(plugin(base, 'one', 'one'));
    if (!found) throw new Error('the driver was not found');
    const folder = join(base, 'drivers.d');
    mkdirSync(folder);
    expect([installDrivers(folder, [found]), installDrivers(folder, [found])]).toEqual([['one'], []]);
    const words = driverSummary(found.driver).join('\n');
    expect(words).toContain('/usr/bin/echo {word} as root');
    expect(words).toContain('/etc/one/');
  });
});

describe('systemd units', () => {
  it('quote a path so that systemd takes it as one word, literally', () => {
    expect(execArgument('/opt/ten panel/%n$x')).toBe('"/opt/ten panel/%%n$$x"');
    expect(execArgument('/opt/tenpanel')).toBe('/opt/tenpanel');
  });

  it('hold the port apart from the web process, and leave the database out when one was given', () => {
    const real = layout({ uid: 0, env: {} });
    const embedded = panelUnits({ layout: real, embeddedDatabase: true, listen: '8443' });
    const external = panelUnits({ layout: real, embeddedDatabase: false, listen: '8443' });
    expect(embedded.get('/etc/systemd/system/tenpanel-web.socket')).toContain('ListenStream=8443\n');
    expect(embedded.get('/etc/systemd/system/tenpanel-web.service')).toContain(
      'Requires=tenpanel-web.socket',
    );
    expect(embedded.has('/etc/systemd/system/tenpanel-postgres.service')).toBe(true);
    expect(external.has('/etc/systemd/system/tenpanel-postgres.service')).toBe(false);
    expect([...external.values()].join('\n')).not.toContain('tenpanel-postgres');
  });
});
