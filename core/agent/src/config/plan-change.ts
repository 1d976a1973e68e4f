import { createHash } from 'node:crypto';
import { AgentError, type ConfigChange, type DriftedFile, type OsFamily } from '@tenpanel/protocol';
import {
  forFamily,
  resolveFile,
  resolveRoot,
  type RootTarget,
  type ServiceTarget,
} from '../drivers/resolve.js';
import { substitute } from '../drivers/substitute.js';
import type { HostPaths } from '../files/host-paths.js';
import { readFile } from '../files/read-file.js';
import type { Ledger } from './ledger.js';
import { manifestKey, type Manifest } from './manifest.js';

/** One file of a change: what stands on disk and what should. null means no file. */
export interface Step {
  root: RootTarget;
  path: string;
  absolute: string;
  current: Buffer | null;
  wanted: Buffer | null;
}

export interface ChangePlan {
  key: string;
  change: ConfigChange;
  committed: Manifest | undefined;
  steps: Step[];
  drifted: DriftedFile[];
  /** It takes over what an administrator has written: nothing to write, but the service must read it and take it. */
  adopts: boolean;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const isSame = (step: Step): boolean =>
  step.current === null || step.wanted === null
    ? step.current === step.wanted
    : step.current.equals(step.wanted);

/**
 * Compare the wanted files of a change with the disk and with what was written last. Reads only; costs what the
 * change's own files cost. Throws `agent.notAllowed` for a path outside the driver's roots or of another resource.
 */
export async function planChange(
  change: ConfigChange,
  target: ServiceTarget,
  context: { ledger: Ledger; paths: HostPaths; family: OsFamily },
): Promise<ChangePlan> {
  const { ledger, paths, family } = context;
  const key = manifestKey({
    driver: change.driver,
    service: change.service,
    instance: change.instance ?? null,
    resource: change.resource,
  });
  const committed = ledger.get(key);
  const written = new Map((committed?.files ?? []).map((file) => [file.absolute, file]));
  const wanted = new Map<string, { root: RootTarget; path: string; content: Buffer }>();
  const reserved = generationPaths(target, family);

  for (const file of change.files) {
    const root = resolveRoot(target.driver, file.root, family);
    const absolute = resolveFile(root, file.path);
    if (reserved.has(absolute))
      throw new AgentError('agent.notAllowed', `${absolute} is written by the agent itself.`);
    if (wanted.has(absolute)) throw new AgentError('agent.badRequest', `${absolute} is named twice.`);
    const owner = ledger.owner(absolute);
    if (owner !== undefined && owner !== key)
      throw new AgentError('agent.notAllowed', `${absolute} belongs to ${owner}.`, { owner });
    wanted.set(absolute, { root, path: file.path, content: Buffer.from(file.content, 'utf8') });
  }

  const places = new Map<string, { root: RootTarget; path: string }>(wanted);
  for (const file of written.values()) {
    if (places.has(file.absolute)) continue;
    // Removing needs no look at the driver's pattern: the agent wrote this file itself.
    const rootPath = file.absolute.slice(0, -file.path.length - 1);
    places.set(file.absolute, { path: file.path, root: removedRoot(file.root, rootPath) });
  }

  const steps = await Promise.all(
    [...places].map(async ([absolute, { root, path }]): Promise<Step> => {
      const current = await readFile(paths.at(absolute));
      const content = wanted.get(absolute)?.content ?? null;
      return {
        root,
        path,
        absolute,
        current,
        wanted: isKept(change, root.name, path, current) ? current : content,
      };
    }),
  );
  const drifted = steps.flatMap((step) => driftOf(step, written.get(step.absolute)?.sha256 ?? null, change));
  const adopts = steps.some(
    (step) =>
      isKept(change, step.root.name, step.path, step.current) &&
      (step.current === null ? null : sha256(step.current)) !== (written.get(step.absolute)?.sha256 ?? null),
  );
  return { key, change, committed, steps, drifted, adopts };
}

/** An administrator's own version stays, as long as nobody has touched it since. */
function isKept(change: ConfigChange, root: string, path: string, current: Buffer | null): boolean {
  const kept = change.keep?.find((file) => file.root === root && file.path === path);
  return kept !== undefined && kept.sha256 === (current === null ? null : sha256(current));
}

/** Three hashes: a file is drifted when the disk holds neither what we wrote nor what we would write. */
function driftOf(
  step: Step,
  writtenSha256: string | null,
  { driver, resource }: ConfigChange,
): DriftedFile[] {
  const currentSha256 = step.current === null ? null : sha256(step.current);
  if (isSame(step) || currentSha256 === writtenSha256) return [];
  const state = writtenSha256 === null ? 'foreign' : currentSha256 === null ? 'missing' : 'edited';
  return [
    {
      driver,
      root: step.root.name,
      path: step.path,
      absolute: step.absolute,
      resource,
      state,
      writtenSha256,
      currentSha256,
    },
  ];
}

function removedRoot(name: string, path: string): RootTarget {
  return { name, path, pattern: /$^/, mode: 0o644, owner: 'root', group: 'root' };
}

/** The paths of the target's own generation file. */
export function generationPaths(target: ServiceTarget, family: OsFamily): Set<string> {
  const probe = target.spec.probe;
  if (probe?.kind !== 'http' || !probe.generationFile) return new Set();
  const root = target.driver.roots[probe.generationFile.root];
  return root
    ? new Set([`${forFamily(root.path, family)}/${substitute(probe.generationFile.path, target.values)}`])
    : new Set();
}
