import { describe, expect, it } from 'vitest';
import { AgentError, parseDriver, type Driver } from './index.js';

const driver: Driver = {
  id: 'toy',
  version: 1,
  roots: {
    conf: { path: { debian: '/etc/toy/conf.d', rhel: '/etc/toy.d' }, pattern: '[a-z]+\\.conf', mode: '0644' },
  },
  services: {
    toy: {
      unit: 'tenpanel-toy@{instance}.service',
      instancePattern: '[a-z]+',
      foreground: { program: ['/usr/sbin/toy', '/usr/bin/toy'], argv: ['--name', '{instance}'] },
      reload: { kind: 'signal', signal: 'HUP' },
      validators: [{ program: '/usr/sbin/toy', argv: ['-t'] }],
      probe: {
        kind: 'http',
        socket: '/run/toy.sock',
        path: '/',
        expect: '{generation}',
        generationFile: { root: 'conf', path: 'gen.conf', content: '{generation}' },
      },
    },
  },
  commands: {
    hash: {
      program: '/usr/bin/openssl',
      argv: ['passwd', '-stdin'],
      args: { secret: { pattern: '.+', maxLength: 100 } },
      stdin: 'secret',
    },
  },
  logs: { access: { path: '/var/log/toy.log', keyPattern: '^(?<key>[a-z]+) ' } },
  globs: { found: '/usr/sbin/toy*' },
  packages: { base: { debian: ['toy'], rhel: ['toy'] } },
  repositories: {},
  groups: { tenpaneltoy: { members: { debian: ['www-data'], rhel: ['nginx'] } } },
  directories: [{ path: '/run/toy', mode: '0750' }],
};

function refusal(edit: (copy: Driver) => void): string {
  const copy = structuredClone(driver);
  edit(copy);
  try {
    parseDriver(copy);
  } catch (error) {
    if (error instanceof AgentError) return error.message;
    throw error;
  }
  return 'accepted';
}

const toy = (copy: Driver) => copy.services['toy'] as Driver['services'][string];
const hash = (copy: Driver) => copy.commands['hash'] as Driver['commands'][string];

describe('parseDriver', () => {
  it('takes a driver that uses every part', () => {
    expect(parseDriver(structuredClone(driver))).toEqual(driver);
  });

  it('refuses a program that starts other programs, and one without an absolute path', () => {
    expect(refusal((copy) => (hash(copy).program = '/bin/sh'))).toContain('must not be /bin/sh');
    expect(refusal((copy) => (hash(copy).program = ['/usr/bin/openssl', '/usr/bin/env']))).toContain(
      'must not be /usr/bin/env',
    );
    expect(refusal((copy) => (hash(copy).program = 'openssl'))).toContain('absolute');
    expect(refusal((copy) => (hash(copy).program = '/usr/../bin/x'))).toContain('..');
  });

  it('refuses a placeholder that nothing declares', () => {
    expect(refusal((copy) => hash(copy).argv.push('{other}'))).toContain('{other}, which is not declared');
    expect(refusal((copy) => delete toy(copy).instancePattern)).toContain(
      '{instance}, which is not declared',
    );
  });

  it('refuses a secret of standard input that would also stand in argv', () => {
    expect(refusal((copy) => hash(copy).argv.push('-p{secret}'))).toContain('standard input');
  });

  it('refuses patterns that do not compile, unknown keys, loose modes and unit files of other kinds', () => {
    expect(refusal((copy) => Object.assign(copy.roots['conf'] ?? {}, { pattern: '(' }))).toContain(
      'regular expression',
    );
    expect(refusal((copy) => Object.assign(copy, { hooks: {} }))).toContain('driver.hooks is not known');
    expect(refusal((copy) => Object.assign(copy.roots['conf'] ?? {}, { mode: '0666' }))).toContain('mode');
    expect(refusal((copy) => (toy(copy).unitFiles = { '../../passwd': '' }))).toContain('not a valid name');
    expect(
      refusal(
        (copy) => (toy(copy).unitFiles = { 'toy@.socket': '[Socket]\n', 'x.service.d/limits.conf': '' }),
      ),
    ).toBe('accepted');
  });

  it('refuses a probe that could not tell where to ask', () => {
    expect(refusal((copy) => Object.assign(toy(copy).probe ?? {}, { port: 80 }))).toContain(
      'either a socket or a port',
    );
    expect(
      refusal((copy) =>
        Object.assign(toy(copy).probe ?? {}, { generationFile: { root: 'none', path: 'a', content: '' } }),
      ),
    ).toContain('name one of roots');
  });
});
