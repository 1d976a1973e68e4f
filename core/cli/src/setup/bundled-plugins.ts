import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../layout/layout.js';
import { readDriver, type HostDriver } from './drivers.js';

interface Registry {
  plugins?: Record<string, { package?: string; tier?: string; onByDefault?: boolean }>;
}

/**
 * The host drivers that come with this version of the panel and need no further approval: plugins of the application's
 * own folder, which only root can write, that the registry beside them lists as core and on by default. What the
 * database says is not asked: the panel process could have written it.
 */
export function bundledDrivers(layout: Layout): HostDriver[] {
  const registry = JSON.parse(readFileSync(join(layout.app, 'plugin-registry.json'), 'utf8')) as Registry;
  const folder = join(layout.app, 'plugins');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'package.json')))
    .map((entry) => join(folder, entry.name))
    .filter((dir) => {
      const { name, tenpanel } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as {
        name: string;
        tenpanel?: { id?: string };
      };
      const known =
        tenpanel?.id && Object.hasOwn(registry.plugins ?? {}, tenpanel.id)
          ? registry.plugins?.[tenpanel.id]
          : undefined;
      return known?.package === name && known.tier === 'core' && known.onByDefault === true;
    })
    .map(readDriver)
    .filter((driver) => driver !== null);
}
