#!/usr/bin/env node
/**
 * `npm test` on a fresh clone: install, build, lint, and every test that this machine can run. What it cannot run is
 * skipped with the reason. The last line is `N passed, N failed, N skipped`; the exit status says the same.
 * `--vm` runs the tests that need QEMU instead (`npm run test:vm`), `--faults` all of the fault suite (`npm run test:faults`), of
 * which the usual run has a short form; `--only unit,api` leaves the others out.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './lib/build.mjs';
import { checkMachine } from './lib/host.mjs';
import { installPackages } from './lib/install.mjs';
import { bold, elapsed, green, red, say, step, warn, yellow } from './lib/progress.mjs';
import { run } from './lib/run.mjs';
import { hostTestPackages, installDebianPackages, vmTestPackages, whyNoHostTests } from './lib/test-host.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules/.bin', name);
const argv = process.argv.slice(2);
const only = argv.includes('--only') ? (argv[argv.indexOf('--only') + 1] ?? '').split(',') : null;
const vm = argv.includes('--vm');
const faults = argv.includes('--faults');
/** The part of the fault suite that every run has: each failpoint of the agent, and each process killed under load. */
const shortFaults = ['tests/faults/agent-in-a-batch.test.ts', 'tests/faults/killed-processes.test.ts'];
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
  CI: 'true',
  TENPANEL_TEST: '1',
};

const totals = { passed: 0, failed: 0, skipped: 0 };
const sections = [];

function section(title, counts, seconds, note = '') {
  for (const key of Object.keys(totals)) totals[key] += counts[key] ?? 0;
  sections.push({ title, counts, seconds, note });
}

/** A step that has no tests of its own counts as one: it passes or it fails. */
async function gate(title, program, args) {
  const before = Date.now();
  say(`${title} …`);
  const { code } = await run(program, args, { cwd: root, env });
  section(title, code === 0 ? { passed: 1 } : { failed: 1 }, (Date.now() - before) / 1000);
  return code === 0;
}

function skip(title, reason) {
  warn(`${title}: skipped, ${reason}`);
  section(title, { skipped: 1 }, 0, reason);
}

/** One vitest project; its counts come from the JSON report, so that what is printed is what was counted. */
async function project(name, files = []) {
  const folder = mkdtempSync(join(tmpdir(), 'tenpanel-test-'));
  const report = join(folder, 'report.json');
  const before = Date.now();
  say(bold(`${name} tests`));
  const { code } = await run(
    bin('node'),
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project',
      name,
      ...files,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      '--passWithNoTests',
    ],
    { cwd: root, env },
  );
  const seconds = (Date.now() - before) / 1000;
  if (!existsSync(report)) {
    section(`${name} tests`, { failed: 1 }, seconds, 'vitest ended without a report');
  } else {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const counts = {
      passed: result.numPassedTests,
      failed: result.numFailedTests,
      skipped: result.numPendingTests + (result.numTodoTests ?? 0),
    };
    // A file that cannot be loaded has no tests that could fail, and an error outside of tests fails none.
    const broken = result.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed'),
    ).length;
    counts.failed += broken;
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    section(`${name} tests`, counts, seconds);
  }
  rmSync(folder, { recursive: true });
}

async function main() {
  checkMachine();
  await installPackages(root);
  const wants = (name) => {
    if (only) return only.includes(name);
    if (vm || faults) return name === (vm ? 'vm' : 'faults');
    return name !== 'vm';
  };
  let built = true;
  try {
    await build(root);
    section('build and type check', { passed: 1 }, 0);
  } catch (error) {
    built = false;
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    section('build and type check', { failed: 1 }, 0);
  }
  const noHost = whyNoHostTests();
  if (!noHost && (wants('host') || wants('faults') || wants('unit') || wants('vm'))) {
    await step('Debian packages for the tests', () =>
      installDebianPackages([...hostTestPackages, ...(vm ? vmTestPackages : [])]),
    ).catch((error) => warn(`some Debian packages are missing: ${error.message}`));
  }
  if (wants('lint')) {
    await gate('lint', bin('node'), [
      join(root, 'node_modules/eslint/bin/eslint.js'),
      '.',
      '--max-warnings=0',
      '--cache',
      '--cache-location',
      join(root, 'node_modules/.cache/eslint/'),
    ]);
    await gate('types of the shell', bin('node'), [
      join(root, 'node_modules/vue-tsc/bin/vue-tsc.js'),
      '-p',
      'ui',
    ]);
    await gate('format', bin('node'), [
      join(root, 'node_modules/prettier/bin/prettier.cjs'),
      '--check',
      '--log-level=warn',
      '--cache',
      '.',
    ]);
  }
  for (const name of ['unit', 'api', 'browser', 'host', 'faults', 'vm']) {
    if (!wants(name)) continue;
    if (['host', 'faults', 'vm'].includes(name) && noHost) skip(`${name} tests`, noHost);
    else if (['host', 'faults', 'vm'].includes(name) && !built) skip(`${name} tests`, 'the build failed');
    else await project(name, name === 'faults' && !faults ? shortFaults : []);
  }
}

function summary() {
  process.stdout.write(`\n${bold('Sections')}\n`);
  for (const { title, counts, seconds, note } of sections) {
    const { passed = 0, failed = 0, skipped = 0 } = counts;
    const sign = failed > 0 ? red('✗') : passed > 0 ? green('✓') : yellow('-');
    process.stdout.write(
      `  ${sign} ${title.padEnd(22)} ${passed} passed, ${failed} failed, ${skipped} skipped  ${seconds.toFixed(1)} s${note ? `  (${note})` : ''}\n`,
    );
  }
  process.stdout.write(`  total time ${elapsed().trim()}\n\n`);
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
}

try {
  await main();
} catch (error) {
  process.stdout.write(`${red('✗')} ${error instanceof Error ? error.message : String(error)}\n`);
  section('preparation', { failed: 1 }, 0);
}
summary();
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
