import type { OsFamily } from '@tenpanel/protocol';
import { resolveRoot, type ServiceTarget } from '../drivers/resolve.js';
import { substitute } from '../drivers/substitute.js';
import type { HostPaths } from '../files/host-paths.js';
import { readFile } from '../files/read-file.js';
import { ownerOf, type FileWrite } from './file-write.js';
import { isSame, type ChangePlan } from './plan-change.js';

/** Everything that the changes write, and the file that lets the probe see the generation. */
export async function batchWrites(
  items: readonly ChangePlan[],
  target: ServiceTarget,
  batch: number,
  context: { paths: HostPaths; family: OsFamily },
): Promise<FileWrite[]> {
  const writes: FileWrite[] = [];
  for (const item of items) {
    for (const step of item.steps) {
      if (isSame(step)) continue;
      writes.push({
        root: step.root,
        absolute: step.absolute,
        content: step.wanted,
        before: step.current,
        mode: step.root.mode,
        ...(await ownerOf(step.root)),
      });
    }
  }
  const generation = await generationWrite(target, batch, context);
  return generation ? [...writes, generation] : writes;
}

async function generationWrite(
  target: ServiceTarget,
  batch: number,
  { paths, family }: { paths: HostPaths; family: OsFamily },
): Promise<FileWrite | null> {
  const probe = target.spec.probe;
  if (probe?.kind !== 'http' || !probe.generationFile) return null;
  const values = { ...target.values, generation: String(batch) };
  const root = resolveRoot(target.driver, probe.generationFile.root, family);
  const absolute = `${root.path}/${substitute(probe.generationFile.path, values)}`;
  return {
    root,
    absolute,
    content: Buffer.from(substitute(probe.generationFile.content, values)),
    before: await readFile(paths.at(absolute)),
    mode: root.mode,
    ...(await ownerOf(root)),
  };
}
