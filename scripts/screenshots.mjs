#!/usr/bin/env node
/**
 * `npm run screenshots`: the pictures of the documentation, taken from a preview with a few accounts and sites. It needs
 * a build (`npm start` or `npm run build` and `npm run build -w ui`) and Chromium. Nothing on this machine is changed:
 * the preview runs as an unprivileged user in a folder of its own, on port 8443, which must be free.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/.bin/node');
const command = join(root, 'core/cli/bin/tenpanel.js');
const folder = mkdtempSync(join(tmpdir(), 'tenpanel-pictures-'));
const nobody = 65534;
if (process.getuid() === 0) chownSync(folder, nobody, nobody);
const options = {
  cwd: root,
  env: { PATH: process.env.PATH, HOME: folder, TENPANEL_PREVIEW_DIR: folder, NO_COLOR: '1' },
  ...(process.getuid() === 0 && { uid: nobody, gid: nobody }),
};
const tenpanel = (...argv) => execFileSync(node, [command, ...argv], { ...options, encoding: 'utf8' });

/** @returns the password that is shown once, when the panel is up */
function start() {
  const panel = spawn(node, [command, 'start'], options);
  const password = new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => {
      text += chunk;
      const found = /Password\s+(\S+)[\s\S]*Ctrl-C/.exec(text)?.[1];
      if (found) resolve(found);
    };
    panel.stdout.on('data', read);
    panel.stderr.on('data', read);
    panel.on('close', () => reject(new Error(`The panel did not start.\n${text}`)));
  });
  return { panel, password };
}

function fill() {
  tenpanel('plans', 'create', '--name', 'standard', '--limits', 'memory=1G', '--limits', 'disk=10G');
  tenpanel('plans', 'create', '--name', 'large', '--limits', 'memory=4G', '--limits', 'cpu=200');
  for (const [name, plan] of [
    ['alice', 'standard'],
    ['baker', 'large'],
    ['studio', 'standard'],
  ])
    tenpanel('accounts', 'create', '--name', name, '--plan', plan);
  for (const [account, domain] of [
    ['alice', 'alice-reads.com'],
    ['alice', 'shop.alice-reads.com'],
    ['baker', 'daily-bread.org'],
    ['studio', 'studio-nord.de'],
  ])
    tenpanel('vhosts', 'create', '--account', account, '--domain', domain, '--type', 'static');
}

async function photograph(password) {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  if (!executablePath) throw new Error('There is no Chromium. Run: apt-get install chromium');
  const email = tenpanel('users', 'list', '--json');
  const login = JSON.parse(email).items[0].email;
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
    ],
  });
  const page = await browser.newPage({
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    viewport: { width: 1200, height: 560 },
  });
  await page.goto('https://localhost:8443/');
  await page.getByLabel('E-mail').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Newest sites').waitFor();
  // The picture shows a role, not the name of the machine it was taken on.
  await page.locator('.who').evaluate((who) => (who.textContent = 'admin@example.com · administrator'));
  mkdirSync(join(root, 'docs/pictures'), { recursive: true });
  await page.screenshot({ path: join(root, 'docs/pictures/overview.png') });
  await browser.close();
}

const { panel, password } = start();
try {
  const secret = await password;
  fill();
  await photograph(secret);
} finally {
  const ended = new Promise((resolve) => panel.once('close', resolve));
  if (panel.exitCode === null) {
    panel.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
