import { access, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import semver from 'semver';
import type { Candidate, Unreadable } from './candidate.js';
import { integrityFile, verifyPackage } from './integrity.js';
import { PluginProblem } from './plugin-problem.js';
import { readPackage, type PackageFacts } from './read-package.js';
import type { PluginRegistry } from './registry-file.js';
import { words } from './words.js';

export interface Discovered {
  candidates: Candidate[];
  unreadable: Unreadable[];
}

export interface DiscoverOptions {
  /** Folders whose subfolders are plugins. */
  folders: readonly string[];
  /** Single plugin folders: loaded by path. */
  single: readonly string[];
  registry: PluginRegistry;
  conditions?: readonly string[] | undefined;
}

/** Find plugins and read their manifests. Runs no code of theirs. The first of two with the same id wins. */
export async function discover(options: DiscoverOptions): Promise<Discovered> {
  const found: Discovered = { candidates: [], unreadable: [] };
  const dirs = [...(await Promise.all(options.folders.map(pluginFolders))).flat(), ...options.single];
  for (const dir of new Set(dirs)) {
    try {
      const candidate = await vouch(await readPackage(dir, options.conditions), options.registry);
      const twin = found.candidates.find((other) => other.id === candidate.id);
      if (twin)
        found.unreadable.push({
          id: `${candidate.id}@${dir}`,
          dir,
          reason: `${twin.dir} holds a plugin with the id ${candidate.id} already.`,
        });
      else found.candidates.push(candidate);
    } catch (error) {
      found.unreadable.push({
        id: basename(dir),
        dir,
        reason: error instanceof PluginProblem ? error.message : words(error),
      });
    }
  }
  return found;
}

async function pluginFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const dirs = entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => join(folder, entry.name));
  const hasPackage = await Promise.all(dirs.map((dir) => exists(join(dir, 'package.json'))));
  return dirs.filter((_, index) => hasPackage[index]).sort();
}

/** What the registry says about a package decides its tier; what it does not know is local. */
async function vouch(facts: PackageFacts, registry: PluginRegistry): Promise<Candidate> {
  const { id } = facts.manifest;
  const entry = Object.hasOwn(registry.plugins, id) ? registry.plugins[id] : undefined;
  const known =
    entry && entry.package === facts.package && semver.satisfies(facts.version, entry.range)
      ? entry
      : undefined;
  if (known && known.tier !== 'community') await checkIntegrity(facts, known.publisher, registry);
  const tier = known?.tier ?? 'local';
  return {
    ...facts,
    id,
    tier,
    essential: tier === 'core' && facts.manifest.essential,
    onByDefault: known?.onByDefault ?? false,
  };
}

async function checkIntegrity(
  facts: PackageFacts,
  publisher: string,
  registry: PluginRegistry,
): Promise<void> {
  const key = registry.publishers[publisher]?.publicKey;
  if (!(await exists(join(facts.dir, integrityFile)))) return;
  if (!key)
    throw new PluginProblem(
      'blocked',
      `It is signed by ${publisher}, whose key the plugin registry does not hold.`,
    );
  await verifyPackage(facts.dir, { id: facts.manifest.id, version: facts.version, publisher }, key);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
