#!/usr/bin/env node
// Runs the command with the Node that the panel brings, whatever Node found this file.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { main } = await import('../dist/main.js');
  process.exitCode = await main(process.argv.slice(2));
} else {
  const candidates = ['../../../node_modules/.bin/node', '../../../.bin/node'];
  const node = candidates
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (!node) {
    process.stderr.write(`tenpanel needs Node 24; this is ${process.versions.node}.\n`);
    process.exitCode = 1;
  } else {
    const done = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    process.exitCode = done.status ?? 1;
  }
}
