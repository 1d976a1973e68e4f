import { describe, expect, it } from 'vitest';
import { debian } from './debian.js';
import { profileOf } from './detect.js';
import { rhel } from './rhel.js';

describe('profileOf', () => {
  it.each([
    ['ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n', 'debian', 'www-data'],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', 'debian', 'www-data'],
    ['ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="10.0"\n', 'rhel', 'nginx'],
    ['ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"\n', 'rhel', 'nginx'],
    ["ID='rocky'\nID_LIKE='rhel centos fedora'\n", 'rhel', 'nginx'],
    ['', 'debian', 'www-data'],
  ])('reads %j', (text, family, webUser) => {
    const { os, profile } = profileOf(text);
    expect([os.family, profile.webUser]).toEqual([family, webUser]);
  });
});

describe('the programs of each family', () => {
  it('Debian: no questions, no recommended packages, no service started, old configuration kept', () => {
    expect(debian.install(['nginx'])).toEqual({
      program: '/usr/bin/apt-get',
      argv: [
        ...['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'],
        ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold', '--', 'nginx'],
      ],
      env: { DEBIAN_FRONTEND: 'noninteractive', APT_LISTCHANGES_FRONTEND: 'none', NEEDRESTART_SUSPEND: '1' },
    });
    expect(debian.startPolicy?.content).toContain('exit 101');
    expect(['ii ', 'hi ', 'rc ', 'un ', 'iU '].map((state) => debian.isInstalled(state))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('RHEL: dnf and rpm', () => {
    expect(rhel.install(['nginx'])).toEqual({
      program: '/usr/bin/dnf',
      argv: ['install', '--assumeyes', '--quiet', '--setopt=install_weak_deps=False', '--', 'nginx'],
    });
    expect(rhel.query(['nginx', 'acl']).argv).toEqual([
      '--query',
      '--queryformat',
      '%{NAME}\\tinstalled\\n',
      '--',
      'nginx',
      'acl',
    ]);
    expect(rhel.isInstalled('installed')).toBe(true);
    expect(rhel.repository).toMatchObject({ folder: '/etc/yum.repos.d', keyFolder: '/etc/pki/rpm-gpg' });
    expect(rhel.repository.fetchKey('https://rpms.example/key', '/x').argv).toEqual([
      '--import',
      'https://rpms.example/key',
    ]);
    expect(rhel.startPolicy).toBeNull();
  });
});
