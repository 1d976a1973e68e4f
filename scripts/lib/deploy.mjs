import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  chmodSync,
  lchownSync,
  readdirSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { say, step } from './progress.mjs';

export const deployedApp = '/opt/tenpanel/app';
const STAMPS = [
  'node_modules/.tenpanel-lock',
  'node_modules/.cache/tenpanel/build.built',
  'node_modules/.cache/tenpanel/ui-build.built',
];

/**
 * May the panel's user read this checkout, and is root its only writer? Below /root it cannot be read; below a
 * person's home that person could change what root runs.
 */
export function usableInPlace(root) {
  for (let folder = root; ; folder = dirname(folder)) {
    const { mode, uid } = statSync(folder);
    const sticky = (mode & 0o1000) !== 0;
    if ((mode & 0o001) === 0 || uid !== 0 || ((mode & 0o022) !== 0 && !sticky)) return false;
    if (folder === dirname(folder)) break;
  }
  return ['package.json', 'core/cli/dist/main.js', 'node_modules/.bin/node'].every(
    (f) => (statSync(join(root, f)).mode & 0o004) !== 0,
  );
}

const stampsOf = (root) =>
  STAMPS.map((f) => (existsSync(join(root, f)) ? readFileSync(join(root, f), 'utf8') : '')).join('\n');

/** Everybody may read, only root may write. Symlinks are not followed. */
function ownByRoot(path) {
  const info = lstatSync(path);
  lchownSync(path, 0, 0);
  if (info.isSymbolicLink()) return;
  chmodSync(path, info.isDirectory() || (info.mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (info.isDirectory()) for (const name of readdirSync(path)) ownByRoot(join(path, name));
}

/** Copy the built checkout to /opt/tenpanel/app when it differs from what is there; the swap is a rename. */
export async function deploy(root, target = deployedApp) {
  if (existsSync(target) && stampsOf(target) === stampsOf(root)) {
    say(`running from ${target}`);
    return target;
  }
  await step(`copy to ${target} (the panel's user cannot use ${root})`, () => {
    const next = `${target}.next`;
    const former = `${target}.former`;
    rmSync(next, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    const skipped = new Set(['.git', '.var', 'coverage'].map((name) => join(root, name)));
    cpSync(root, next, { recursive: true, verbatimSymlinks: true, filter: (source) => !skipped.has(source) });
    ownByRoot(next);
    rmSync(former, { recursive: true, force: true });
    if (existsSync(target)) renameSync(target, former);
    renameSync(next, target);
    rmSync(former, { recursive: true, force: true });
  });
  return target;
}
