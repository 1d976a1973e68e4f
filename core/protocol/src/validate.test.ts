import { describe, expect, it } from 'vitest';
import { AgentError, isOperation, operationNames, parseArgs, type ConfigChange } from './index.js';

const change: ConfigChange = {
  driver: 'web-nginx',
  service: 'nginx',
  resource: 'vhost/12',
  generation: 3,
  files: [{ root: 'confd', path: 'example.com.conf', content: 'server {\n\tlisten 80;\n}\n' }],
};

function refusal(op: Parameters<typeof parseArgs>[0], value: unknown): string {
  try {
    parseArgs(op, value);
  } catch (error) {
    if (error instanceof AgentError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('parseArgs', () => {
  it('gives back what is well-formed, line breaks in file contents included', () => {
    expect(parseArgs('config.apply', change)).toEqual(change);
    expect(parseArgs('agent.info', {})).toEqual({});
    expect(parseArgs('exec', { driver: 'a', command: 'hash', args: { text: 'two\nlines' } }).args).toEqual({
      text: 'two\nlines',
    });
  });

  it('refuses a key that it does not know, at any depth', () => {
    expect(refusal('config.apply', { ...change, forse: true })).toBe(
      'agent.badRequest: args.forse is not known',
    );
    expect(refusal('config.apply', { ...change, files: [{ ...change.files[0], mode: '0777' }] })).toContain(
      'args.files[0].mode is not known',
    );
    expect(refusal('agent.info', JSON.parse('{"__proto__": {"x": 1}}'))).toContain('__proto__ is not known');
  });

  it.each([
    ['../x'],
    ['/etc/passwd'],
    ['a/../b'],
    ['a//b'],
    ['./a'],
    ['a/'],
    [''],
    ['a\nb'],
    ['a\u0000b'],
    ['a\u2028b'],
    ['\ud800'],
    ['x'.repeat(300)],
  ])('refuses the path %j', (path) => {
    expect(refusal('config.read', { driver: 'a', root: 'r', path })).toContain('agent.badRequest');
    expect(refusal('tenant.read', { account: 'alice', path, maxBytes: 1 })).toContain('agent.badRequest');
  });

  it.each([
    ['root;id'],
    ['A'],
    ['a'],
    ['alice\n'],
    ['1alice'],
    ['alice-b'],
    ['x'.repeat(17)],
    [7],
    [null],
    [['alice']],
  ])('refuses the account %j', (account) => {
    expect(refusal('account.ensure', { account, shell: false })).toContain('agent.badRequest: args.account');
  });

  it.each([['constructor'], ['toString'], ['__proto__'], ['config.destroy'], ['']])(
    'knows no operation %j',
    (op) => {
      expect(isOperation(op)).toBe(false);
      expect(refusal(op as 'agent.info', {})).toContain('agent.unknownOperation');
    },
  );

  it('refuses modes that let everybody write or that carry set-id bits', () => {
    for (const mode of ['0777', '4755', '0666', '755', '0o755']) {
      expect(refusal('tenant.mkdir', { account: 'alice', folders: [{ path: 'a', mode }] })).toContain(
        'args.folders[0].mode',
      );
    }
    expect(refusal('tenant.mkdir', { account: 'alice', folders: [{ path: 'a', mode: '0755' }] })).toBe(
      'accepted',
    );
    expect(refusal('tenant.mkdir', { account: 'alice', folders: [] })).toContain('args.folders');
  });

  it('refuses numbers out of range and what only looks like a number', () => {
    for (const generation of [-1, 1.5, '3', Number.NaN, 2 ** 60, null]) {
      expect(refusal('config.apply', { ...change, generation })).toContain('args.generation');
    }
  });

  it('has a check for every operation of the contract', () => {
    expect(operationNames).toHaveLength(37);
    for (const name of operationNames) expect(refusal(name, 'text')).toContain('agent.badRequest');
  });
});
