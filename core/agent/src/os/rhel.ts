import type { OsProfile } from './profile.js';

/** RHEL, AlmaLinux and Rocky Linux 10. Held by golden tests only; it has not been run on such a machine. */
export const rhel: OsProfile = {
  family: 'rhel',
  webUser: 'nginx',
  nologin: '/usr/sbin/nologin',
  shell: '/bin/bash',
  helpers: { acl: 'acl', supervisor: 'supervisor', quota: 'quota' },
  install: (packages) => ({
    program: '/usr/bin/dnf',
    argv: ['install', '--assumeyes', '--quiet', '--setopt=install_weak_deps=False', '--', ...packages],
  }),
  refresh: null,
  query: (packages) => ({
    program: '/usr/bin/rpm',
    argv: ['--query', '--queryformat', '%{NAME}\\tinstalled\\n', '--', ...packages],
  }),
  isInstalled: (state) => state === 'installed',
  repository: {
    folder: '/etc/yum.repos.d',
    keyFolder: '/etc/pki/rpm-gpg',
    fetchKey: (url) => ({ program: '/usr/bin/rpm', argv: ['--import', url] }),
  },
  startPolicy: null,
};
