import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say, step } from './progress.mjs';
import { must } from './run.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** npm's own record of what it installed; equal versions mean that there is nothing to do. */
function matchesInstalled(root, lock) {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = readJson(record).packages ?? {};
  return Object.entries(lock.packages ?? {}).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    if (wanted.link) return existsSync(join(root, path));
    if (wanted.optional && !installed[path]) return true;
    return installed[path]?.version === wanted.version;
  });
}

/** The packages of the lockfile, exactly. Does nothing when they are there. */
export async function installPackages(root) {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = join(root, 'node_modules/.tenpanel-lock');
  const wanted = sha256(text);
  const node = join(root, 'node_modules/.bin/node');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node)) return;
  if (matchesInstalled(root, JSON.parse(text)) && existsSync(node)) {
    say('npm packages are in place');
  } else {
    await step('npm packages', () =>
      must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root }),
    );
  }
  if (!existsSync(node))
    throw new Error(
      'npm did not bring Node 24 (node_modules/.bin/node is missing). Run "npm ci --include=optional" and look at its messages.',
    );
  writeFileSync(stamp, wanted);
}
