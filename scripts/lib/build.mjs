import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { step } from './progress.mjs';
import { must } from './run.mjs';

const SKIP = new Set(['node_modules', 'dist', '.git', '.var', '.cache', 'coverage']);

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (SKIP.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** A hash over names and contents: a checkout that only touched files must not be built again. */
function fingerprint(root, folders, wanted) {
  const hash = createHash('sha256');
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    for (const file of filesBelow(join(root, folder))) {
      if (!wanted(file)) continue;
      hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

async function whenChanged(root, name, print, outputs, work) {
  const stamp = join(root, 'node_modules/.cache/tenpanel', `${name}.built`);
  const fresh =
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === print &&
    outputs.every((o) => existsSync(join(root, o)));
  if (fresh) return;
  await step(name, work);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
}

/** Compile what has changed: TypeScript by project references, then the browser's part when there is one. */
export async function build(root) {
  const node = join(root, 'node_modules/.bin/node');
  const sources = fingerprint(
    root,
    ['core', 'sdk', 'plugins'],
    (f) => /\.(ts|json)$/.test(f) && !/\.test\.ts$/.test(f),
  );
  await whenChanged(
    root,
    'build',
    sources,
    ['core/cli/dist/main.js', 'core/kernel/dist', 'core/agent/dist'],
    () => must(node, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], { cwd: root }),
  );
  const manifest = join(root, 'ui/package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.build) {
    const ui = fingerprint(root, ['ui', 'sdk/ui', 'themes'], () => true);
    await whenChanged(root, 'ui-build', ui, ['ui/dist'], () =>
      must('npm', ['run', 'build', '--workspace', 'ui'], { cwd: root }),
    );
  }
}
