import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * How often a process could not be started at the limit. Since Linux 6.11 (where `pids.events.local` is new) a group counts
 * every hit of its own limit; before that the hit is counted in the group that wanted to fork, which is some group below.
 * Undefined where the kernel keeps no count.
 */
export async function processLimitHits(folder: string): Promise<number | undefined> {
  const own = await hits(folder);
  if (own === undefined) return undefined;
  const counted = await access(`${folder}/pids.events.local`).then(
    () => true,
    () => false,
  );
  return counted ? own : own + (await hitsBelow(folder));
}

async function hitsBelow(folder: string): Promise<number> {
  const groups = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    groups
      .filter((each) => each.isDirectory())
      .map(async ({ name }) => {
        const group = join(folder, name);
        return ((await hits(group)) ?? 0) + (await hitsBelow(group));
      }),
  );
  return below.reduce((sum, each) => sum + each, 0);
}

async function hits(folder: string): Promise<number | undefined> {
  const text = await readFile(`${folder}/pids.events`, 'utf8').catch(() => '');
  const found = /^max (\d+)$/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
