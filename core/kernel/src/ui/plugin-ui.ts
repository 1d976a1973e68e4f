import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Logger } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';

export interface PluginUi {
  id: string;
  title: string;
  version: string;
  /** Address of the entry, an ES module. Its folder changes with its content, so browsers may keep it for ever. */
  entry: string;
  /** Address of `style.css` beside the entry, when there is one. */
  style: string | null;
  /** Of the entry, as a browser checks it (https://www.w3.org/TR/sri-2/). */
  integrity: string;
  /** Address -> file on the disk. */
  files: ReadonlyMap<string, string>;
}

export const PLUGIN_FILES = '/plugin-ui';

const read = new WeakMap<Registry, Promise<PluginUi[]>>();

/** The browser parts of the plugins that run, read once: other plugins come with another process. */
export function pluginUis(kernel: { registry: Registry; log: Logger }): Promise<PluginUi[]> {
  const known = read.get(kernel.registry);
  if (known) return known;
  const uis = readAll(kernel.registry.plugins, kernel.log);
  read.set(kernel.registry, uis);
  return uis;
}

/** One that cannot be read is logged and left out. */
async function readAll(plugins: Registry['plugins'], log: Logger): Promise<PluginUi[]> {
  const found: PluginUi[] = [];
  for (const [id, { manifest, dir, version, state }] of plugins) {
    if (state !== 'running' || manifest.ui === null) continue;
    try {
      found.push(await readOne({ id, title: manifest.title, version }, join(dir, manifest.ui)));
    } catch (error) {
      log.error({ err: error, plugin: id }, 'the browser part of a plugin cannot be read');
    }
  }
  return found;
}

async function readOne(named: Pick<PluginUi, 'id' | 'title' | 'version'>, entry: string): Promise<PluginUi> {
  const folder = dirname(entry);
  // Links are passed over: what is served lies inside the package.
  const listed = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  );
  const files = listed.map((file) => join(file.parentPath, file.name)).sort();
  const all = createHash('sha256');
  for (const file of files) all.update(await readFile(file));
  const base = `${PLUGIN_FILES}/${named.id}/${all.digest('hex').slice(0, 16)}`;
  const addressOf = (file: string) => posix.join(base, file.slice(folder.length + 1));
  const addresses = new Map(files.map((file) => [addressOf(file), file]));
  const style = addressOf(join(folder, 'style.css'));
  const hash = createHash('sha384').update(await readFile(entry));
  return {
    ...named,
    entry: addressOf(entry),
    style: addresses.has(style) ? style : null,
    integrity: `sha384-${hash.digest('base64')}`,
    files: addresses,
  };
}
