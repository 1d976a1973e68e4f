import { existsSync } from 'node:fs';
import { must, run } from './run.mjs';

/** What the tests beside the code validate with, and what boots the test server. */
export const hostTestPackages = [
  'nginx',
  'varnish',
  'php-fpm',
  'php-cli',
  'supervisor',
  'acl',
  'curl',
  'systemd-container',
  'mmdebstrap',
  'iproute2',
  'openssl',
  'chromium',
];
export const vmTestPackages = ['qemu-system-x86', 'e2fsprogs', 'openssh-client'];

/** Why this machine cannot boot the test server; null when it can. */
export function whyNoHostTests() {
  if (process.getuid() !== 0) return 'they need root';
  if (!existsSync('/usr/bin/apt-get')) return 'they need Debian’s package manager';
  if (!existsSync('/proc/self/ns/net')) return 'they need Linux name spaces';
  return null;
}

/** Install what is missing. Services of these packages are not started: the tests run their own. */
export async function installDebianPackages(names) {
  const missing = [];
  for (const name of names) {
    const { code, output } = await run(
      '/usr/bin/dpkg-query',
      ['-W', '-f', '${db:Status-Abbrev}', '--', name],
      { quiet: true },
    );
    if (code !== 0 || !output.startsWith('ii')) missing.push(name);
  }
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const argv = [
    '-y',
    '-q',
    '--no-install-recommends',
    '-o',
    'DPkg::Lock::Timeout=300',
    'install',
    ...missing,
  ];
  const first = await run('/usr/bin/apt-get', argv, { quiet: true, env });
  if (first.code === 0) return;
  await must('/usr/bin/apt-get', ['-q', 'update'], { env });
  await must('/usr/bin/apt-get', argv, { env });
}
