import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { parseDriver, type Driver } from '@tenpanel/protocol';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

export interface HostDriver {
  plugin: string;
  /** As the plugin brings it. */
  text: string;
  sha256: string;
  driver: Driver;
  /** Package sets that must be there before the plugin runs. */
  packages: string[];
}

interface Manifest {
  version?: string;
  tenpanel?: { id?: string; driver?: string | null; packages?: string[] };
}

/** The host driver of the plugin in this folder, validated; null when the plugin brings none. Runs no code of it. */
export function readDriver(pluginDir: string): HostDriver | null {
  const manifest = JSON.parse(readFileSync(join(pluginDir, 'package.json'), 'utf8')) as Manifest;
  const { id, driver: file, packages = [] } = manifest.tenpanel ?? {};
  if (!id || !file) return null;
  const path = normalize(join(pluginDir, file));
  if (!path.startsWith(`${normalize(pluginDir)}/`))
    throw new CliError(`The driver of ${id} lies outside the plugin's folder.`, ExitCode.unexpected);
  const text = readFileSync(path, 'utf8');
  const driver = parseDriver(JSON.parse(text));
  if (driver.id !== id)
    throw new CliError(
      `The driver in ${path} calls itself ${driver.id}, but the plugin is ${id}.`,
      ExitCode.unexpected,
    );
  return { plugin: id, text, sha256: createHash('sha256').update(text).digest('hex'), driver, packages };
}

/** Write the drivers of these plugins for the agent, root-owned; says which ones changed. */
export function installDrivers(driversDir: string, drivers: readonly HostDriver[]): string[] {
  const changed: string[] = [];
  for (const { plugin, text } of drivers) {
    const target = join(driversDir, `${plugin}.json`);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    writeFileSync(`${target}.part`, text, { mode: 0o644 });
    chmodSync(`${target}.part`, 0o644);
    renameSync(`${target}.part`, target);
    changed.push(plugin);
  }
  return changed;
}

export function removeDriver(driversDir: string, plugin: string): void {
  rmSync(join(driversDir, `${plugin}.json`), { force: true });
}

/** Ids of the drivers that the agent may use now. */
export function installedDrivers(driversDir: string): string[] {
  if (!existsSync(driversDir)) return [];
  return readdirSync(driversDir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5));
}
