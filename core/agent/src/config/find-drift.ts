import { readdir } from 'node:fs/promises';
import type { DriftedFile, Driver, OsFamily } from '@tenpanel/protocol';
import { resolveRoot, resolveService, type RootTarget } from '../drivers/resolve.js';
import type { HostPaths } from '../files/host-paths.js';
import { forEachLimited } from './file-write.js';
import type { Ledger } from './ledger.js';
import type { FileHashes } from './file-hashes.js';
import { generationPaths } from './plan-change.js';

/** Compare file now / file written for all that the ledger knows of the driver, and find files nobody here wrote. */
export async function findDrift(
  drivers: Driver[],
  onlyRoot: string | undefined,
  context: { ledger: Ledger; paths: HostPaths; family: OsFamily; hashes: FileHashes },
): Promise<{ checked: number; drifted: DriftedFile[] }> {
  const { ledger, paths, family, hashes } = context;
  const ids = new Set(drivers.map((driver) => driver.id));
  const drifted: DriftedFile[] = [];
  let checked = 0;
  const files = [...ledger.all()]
    .filter((manifest) => ids.has(manifest.driver))
    .flatMap(({ driver, resource, files }) => files.map((file) => ({ ...file, driver, resource })))
    .filter((file) => onlyRoot === undefined || file.root === onlyRoot);
  await forEachLimited(files, async (file) => {
    checked++;
    const currentSha256 = await hashes.of(paths.at(file.absolute));
    if (currentSha256 === file.sha256) return;
    const { sha256: writtenSha256, ...place } = file;
    drifted.push({
      ...place,
      state: currentSha256 === null ? 'missing' : 'edited',
      writtenSha256,
      currentSha256,
    });
  });
  for (const driver of drivers) {
    const own = ownFiles(driver, family);
    for (const name of Object.keys(driver.roots)) {
      if (onlyRoot !== undefined && onlyRoot !== name) continue;
      for (const found of await foreignFiles(driver.id, resolveRoot(driver, name, family), context))
        if (!own(found.absolute)) drifted.push(found);
    }
  }
  return { checked, drifted: drifted.sort((a, b) => (a.absolute < b.absolute ? -1 : 1)) };
}

/** Files that fit the root's pattern and stand in no manifest. */
async function foreignFiles(
  driver: string,
  root: RootTarget,
  { ledger, paths, hashes }: { ledger: Ledger; paths: HostPaths; hashes: FileHashes },
): Promise<DriftedFile[]> {
  const entries = await readdir(paths.at(root.path), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const found: DriftedFile[] = [];
  for (const entry of entries) {
    const path = `${entry.parentPath}/${entry.name}`.slice(paths.at(root.path).length + 1);
    const absolute = `${root.path}/${path}`;
    if (!entry.isFile() || !root.pattern.test(path) || ledger.owner(absolute) !== undefined) continue;
    const currentSha256 = await hashes.of(paths.at(absolute));
    if (currentSha256 !== null)
      found.push({
        driver,
        root: root.name,
        path,
        absolute,
        resource: '',
        state: 'foreign',
        writtenSha256: null,
        currentSha256,
      });
  }
  return found;
}

/** True for generation files, also those of a template's instances. */
function ownFiles(driver: Driver, family: OsFamily): (absolute: string) => boolean {
  const patterns = Object.entries(driver.services).flatMap(([service, spec]) => {
    if (spec.instancePattern === undefined)
      return [...generationPaths(resolveService(driver, { service }, family), family)].map((path) => [path]);
    const probe = spec.probe?.kind === 'http' ? spec.probe.generationFile : undefined;
    return probe ? [`${resolveRoot(driver, probe.root, family).path}/${probe.path}`.split('{instance}')] : [];
  });
  return (absolute) =>
    patterns.some(([start = '', end]) =>
      end === undefined ? absolute === start : absolute.startsWith(start) && absolute.endsWith(end),
    );
}
