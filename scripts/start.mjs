#!/usr/bin/env node
/**
 * `npm start`: from a fresh clone to a running panel. Plain JavaScript without dependencies, because it runs on the
 * machine's own Node before anything is installed. Everything after the build is done by `tenpanel start`.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './lib/build.mjs';
import { deploy, usableInPlace } from './lib/deploy.mjs';
import { checkMachine, readHost } from './lib/host.mjs';
import { installPackages } from './lib/install.mjs';
import { bold, red, say, warn } from './lib/progress.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

async function prepare() {
  checkMachine();
  const host = readHost();
  const root = process.getuid() === 0;
  say(`${bold('10panel')} on ${host.name}, ${root ? 'as root' : 'as a preview without root'}`);
  if (root && !host.family)
    throw new Error(
      `${host.name} is not supported. Use Debian, Ubuntu, RHEL, AlmaLinux or Rocky Linux; or start without root for a preview.`,
    );
  if (root && !host.supported) warn(`${host.name} has not been tried; Debian 12 and 13 have.`);
  await installPackages(checkout);
  await build(checkout);
  return root && !usableInPlace(checkout) ? deploy(checkout) : checkout;
}

/** The panel gets the terminal's Ctrl-C itself; other signals are passed on, so that it can stop gracefully. */
function hand(app, argv) {
  const node = join(app, 'node_modules/.bin/node');
  // `npm start -- setup --production` runs another command with the same preparation.
  const words = argv[0] && !argv[0].startsWith('-') ? argv : ['start', ...argv];
  const child = spawn(node, [join(app, 'core/cli/bin/tenpanel.js'), ...words], { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`${red('✗')} ${error.message}\n`);
    process.exit(1);
  });
  child.on('close', (code) => process.exit(code ?? 1));
}

try {
  hand(await prepare(), process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${red('✗')} ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
