import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { isOperation, parseDriver } from '@tenpanel/protocol/validate';
import { manifestSchema, type Manifest } from '@tenpanel/sdk';
import semver from 'semver';
import { PluginProblem } from './plugin-problem.js';
import { words } from './words.js';

const MAX_BYTES = 1024 * 1024;

export interface PackageFacts {
  dir: string;
  package: string;
  version: string;
  manifest: Manifest;
  entry: string;
  driver: { file: string; sha256: string } | null;
}

/**
 * Read a plugin's package.json without running any of its code. `conditions` are tried before `import` and `default`
 * in `exports` (tests use `source`). Throws `PluginProblem` (blocked) in plain words.
 */
export async function readPackage(dir: string, conditions: readonly string[] = []): Promise<PackageFacts> {
  const json = await readJson(join(dir, 'package.json'));
  if (typeof json['tenpanel'] !== 'object' || json['tenpanel'] === null) {
    throw new PluginProblem(
      'blocked',
      `${join(dir, 'package.json')} has no key "tenpanel", so this is not a plugin.`,
    );
  }
  const parsed = manifestSchema.safeParse(json['tenpanel']);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = ['tenpanel', ...(issue?.path ?? [])].join('.');
    throw new PluginProblem(
      'blocked',
      `The manifest is wrong at ${where} of package.json: ${issue?.message ?? 'unknown error'}.`,
    );
  }
  const version = typeof json['version'] === 'string' ? semver.valid(json['version']) : null;
  if (!version)
    throw new PluginProblem('blocked', 'package.json has no valid version. Write one such as "1.0.0".');
  const manifest = parsed.data;
  const strange = manifest.operations.find((name) => !isOperation(name));
  if (strange)
    throw new PluginProblem(
      'blocked',
      `Its manifest declares the operation ${strange}, which the root agent does not have.`,
    );
  return {
    dir,
    package: typeof json['name'] === 'string' ? json['name'] : manifest.id,
    version,
    manifest,
    entry: await findEntry(dir, json, conditions),
    driver: manifest.driver === null ? null : await readDriver(dir, manifest.id, manifest.driver),
  };
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    if ((await stat(file)).size > MAX_BYTES) throw new Error('too large');
    text = await readFile(file, 'utf8');
  } catch {
    throw new PluginProblem(
      'blocked',
      `${file} cannot be read. Check that the folder holds a plugin and that the panel's user may read it.`,
    );
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json))
      return json as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new PluginProblem('blocked', `${file} is not valid JSON.`);
}

async function findEntry(
  dir: string,
  json: Record<string, unknown>,
  conditions: readonly string[],
): Promise<string> {
  const wanted = [...exportTargets(json['exports'], conditions), json['main'], './index.js'].filter(
    (path) => typeof path === 'string',
  );
  for (const path of wanted) {
    const file = inside(dir, path);
    if (
      await stat(file).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return file;
  }
  throw new PluginProblem(
    'blocked',
    `The built code is missing: ${wanted[0] ?? 'index.js'} does not exist. Build the plugin, or name its entry in "exports" of package.json.`,
  );
}

function exportTargets(exports: unknown, conditions: readonly string[]): unknown[] {
  if (typeof exports === 'string') return [exports];
  if (typeof exports !== 'object' || exports === null) return [];
  const root = (exports as Record<string, unknown>)['.'] ?? exports;
  if (typeof root === 'string') return [root];
  return [...conditions, 'node', 'import', 'default'].map(
    (condition) => (root as Record<string, unknown>)[condition],
  );
}

async function readDriver(dir: string, id: string, path: string): Promise<{ file: string; sha256: string }> {
  const file = inside(dir, path);
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch {
    throw new PluginProblem(
      'blocked',
      `The host driver ${path} that the manifest names does not exist in the package.`,
    );
  }
  try {
    const driver = parseDriver(JSON.parse(content.toString('utf8')));
    if (driver.id !== id) throw new Error(`its id is "${driver.id}" and must be "${id}"`);
  } catch (error) {
    throw new PluginProblem('blocked', `The host driver ${path} is wrong: ${words(error)}.`);
  }
  return { file, sha256: createHash('sha256').update(content).digest('hex') };
}

function inside(dir: string, path: string): string {
  const file = resolve(dir, path);
  if (!file.startsWith(resolve(dir) + sep))
    throw new PluginProblem('blocked', `${path} in package.json leads out of the plugin's folder.`);
  return file;
}
