#!/usr/bin/env node
/**
 * `npm run bench`: a fresh test server, a growing number of sites, and what a change, a read and a look at everything
 * cost. The result is kept in docs/benchmarks. `--sites 10,1000` chooses the stages, `--per-account 10` how many sites
 * an account has. It needs root, and a machine that does nothing else: compare ratios within one run.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './lib/build.mjs';
import { checkMachine } from './lib/host.mjs';
import { installPackages } from './lib/install.mjs';
import { say, step } from './lib/progress.mjs';
import { must } from './lib/run.mjs';
import { hostTestPackages, installDebianPackages, whyNoHostTests } from './lib/test-host.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const testhost = join(root, 'tests/host/testhost');
const app = '/opt/tenpanel/app';
const name = 'bench';
const argv = process.argv.slice(2);
const option = (key, fallback) => (argv.includes(key) ? (argv[argv.indexOf(key) + 1] ?? fallback) : fallback);
const sites = option('--sites', '10,1000,5000,10000');
const perAccount = option('--per-account', '10');

/** Run the measurements inside; progress is shown, the last line of the output is the result. */
function measure() {
  return new Promise((resolve, reject) => {
    const child = spawn(
      testhost,
      ['exec', name, `${app}/node_modules/.bin/node`, `${app}/scripts/bench/inside.mjs`, sites, perAccount],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text.trim().split('\n').at(-1)));
      else reject(new Error(`The measurements ended with ${code}.\n${text}`));
    });
  });
}

function machine() {
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    server: 'Debian 13 in a container of systemd-nspawn, without cgroup limits',
  };
}

const why = whyNoHostTests();
if (why) {
  process.stderr.write(`The measurements cannot be made here: ${why}.\n`);
  process.exit(1);
}
checkMachine();
await installPackages(root);
await build(root);
await step('Debian packages', () => installDebianPackages(hostTestPackages));
await step('test server', async () => {
  await must(testhost, ['up', name, `${root}:${app}`]);
  const command = [`${app}/node_modules/.bin/node`, `${app}/core/cli/bin/tenpanel.js`];
  await must(testhost, ['exec', name, ...command, 'setup', '--production', '--yes']);
});
try {
  const result = {
    at: new Date().toISOString(),
    machine: machine(),
    sitesPerAccount: Number(perAccount),
    ...(await measure()),
  };
  const folder = join(root, 'docs/benchmarks');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.at.slice(0, 10)}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  for (const stage of result.stages)
    say(
      `${stage.sites} sites: static ${stage.newStatic.p50} ms, PHP ${stage.newPhp.p50} ms, bulk ${stage.inBulk.sitesPerSecond}/s with ${stage.inBulk.nginxReloads} reloads, ${stage.memoryMiB.panel} MiB`,
    );
  say(`written to ${file}`);
} finally {
  await must(testhost, ['down', name]);
}
