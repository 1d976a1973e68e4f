import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programConf, quoteArgument } from './supervisor-conf.js';

const hostile = [
  'plain',
  '',
  'two words',
  "it's",
  '"quoted"',
  'a ;b # c',
  '%(ENV_PATH)s 100%',
  '\\back\\',
  '$(id) `id` $HOME',
  'ümläut',
  '[section]',
  '-g',
  'daemon off;',
];
// Debian's supervisor brings its own Python modules; they are asked to read back what was written.
const reader = [
  'import configparser, json, shlex, sys',
  'from supervisor.options import UnhosedConfigParser',
  'parser = UnhosedConfigParser()',
  "parser.expansions = {'ENV_PATH': 'expanded'}",
  'parser.read_string(sys.stdin.read())',
  "print(json.dumps(shlex.split(parser.saneget('program:toy', 'command', None))))",
].join('\n');

describe('a program of the supervisor', () => {
  it.skipIf(!existsSync('/usr/bin/supervisord'))(
    'is read by the supervisor’s own parser with exactly its arguments',
    () => {
      const conf = programConf({ name: 'toy', program: '/usr/sbin/toy', argv: hostile, autostart: true });

      const result = spawnSync('/usr/bin/python3', ['-c', reader], { input: conf, encoding: 'utf8' });
      expect(result.stderr).toBe('');
      expect(JSON.parse(result.stdout)).toEqual(['/usr/sbin/toy', ...hostile]);
    },
  );

  it('refuses an argument that would begin a new line of the file', () => {
    expect(() => quoteArgument('a\nuser=root')).toThrow('control character');
  });
});
