import { chmodSync, chownSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { KernelConfig } from '@tenpanel/kernel/contracts';
import type { Layout } from '../layout/layout.js';
import type { PanelUser } from './panel-user.js';

export interface DatabaseUrls {
  ownerUrl: string;
  appUrl: string;
}

/** The configuration file as it is; null when there is none yet. */
export function readConfigFile(layout: Layout): KernelConfig | null {
  if (!existsSync(layout.configFile)) return null;
  return JSON.parse(readFileSync(layout.configFile, 'utf8')) as KernelConfig;
}

/**
 * Write the configuration file: what an administrator has put there stays, what is missing gets its default, and the
 * database addresses are those of this start. Readable by root and the panel's user only. True when it changed.
 */
export function writeConfigFile(
  layout: Layout,
  user: PanelUser,
  urls: DatabaseUrls,
  given: Partial<KernelConfig> = {},
): boolean {
  const existing = readConfigFile(layout);
  const config: KernelConfig = {
    redisUrl: null,
    listen: layout.preview ? { host: '127.0.0.1', port: 8443 } : { host: '::', port: 8443 },
    publicUrl: layout.preview ? 'https://localhost:8443' : `https://${hostname()}:8443`,
    pluginDirs: [join(layout.app, 'plugins'), ...(layout.preview ? [] : ['/opt/tenpanel/plugins'])],
    trustedProxies: [],
    safeMode: false,
    ...existing,
    ...given,
    ownerDatabaseUrl: urls.ownerUrl,
    databaseUrl: urls.appUrl,
    agentSocket: layout.agentSocket,
    localSocket: layout.localSocket,
    stateDir: layout.stateDir,
  };
  const text = `${JSON.stringify(withCurrentApp(config, layout), null, 2)}\n`;
  if (existing && readFileSync(layout.configFile, 'utf8') === text) return false;
  const part = `${layout.configFile}.part`;
  writeFileSync(part, text, { mode: 0o600 });
  chownSync(part, layout.preview ? user.uid : 0, user.gid);
  chmodSync(part, 0o640);
  renameSync(part, layout.configFile);
  return true;
}

/** The plugins of the application move with it, for example from a checkout to /opt/tenpanel/app. */
function withCurrentApp(config: KernelConfig, layout: Layout): KernelConfig {
  const own = join(layout.app, 'plugins');
  const others = config.pluginDirs.filter(
    (dir) => dir !== own && existsSync(dir) && !existsSync(join(dir, '../core/cli/package.json')),
  );
  return { ...config, pluginDirs: [own, ...others] };
}
