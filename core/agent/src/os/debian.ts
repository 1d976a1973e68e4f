import type { OsProfile } from './profile.js';

// dpkg asks invoke-rc.d, which asks this file: 101 means "do not start" (policy-rc.d specification of invoke-rc.d).
const policy =
  '#!/bin/sh\n# tenpanel-agent: packages do not start services while they are installed\nexit 101\n';
const quiet = {
  DEBIAN_FRONTEND: 'noninteractive',
  APT_LISTCHANGES_FRONTEND: 'none',
  NEEDRESTART_SUSPEND: '1',
};
const waitForLock = ['-o', 'DPkg::Lock::Timeout=300'];
const keepConfig = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];

/** Debian 12 and 13, Ubuntu 24.04. */
export const debian: OsProfile = {
  family: 'debian',
  webUser: 'www-data',
  nologin: '/usr/sbin/nologin',
  shell: '/bin/bash',
  helpers: { acl: 'acl', supervisor: 'supervisor', quota: 'quota' },
  install: (packages) => ({
    program: '/usr/bin/apt-get',
    argv: [
      'install',
      '-y',
      '-q',
      '--no-install-recommends',
      ...waitForLock,
      ...keepConfig,
      '--',
      ...packages,
    ],
    env: quiet,
  }),
  refresh: { program: '/usr/bin/apt-get', argv: ['update', '-q', ...waitForLock], env: quiet },
  query: (packages) => ({
    program: '/usr/bin/dpkg-query',
    argv: ['-W', '-f', '${Package}\\t${db:Status-Abbrev}\\n', '--', ...packages],
  }),
  isInstalled: (state) => /^[ih]i/.test(state),
  repository: {
    folder: '/etc/apt/sources.list.d',
    keyFolder: '/usr/share/keyrings',
    fetchKey: (url, target) => ({ program: '/usr/lib/apt/apt-helper', argv: ['download-file', url, target] }),
  },
  startPolicy: { path: '/usr/sbin/policy-rc.d', content: policy },
};
