import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmitError } from './emitter.js';
import { iniKey } from './ini-key.js';
import { parseIni } from './ini-parse.js';
import { iniSection } from './ini-section.js';
import { iniEmitter } from './ini.js';

const php = ['/usr/bin/php8.4', '/usr/bin/php8.2', '/usr/bin/php'].find((path) => existsSync(path));

describe('the ini emitter', () => {
  it('keeps numbers and sizes bare and quotes all text', () => {
    expect(iniEmitter.escape(512)).toBe('512');
    expect(iniEmitter.escape('256M')).toBe('256M');
    expect(iniEmitter.escape(true)).toBe('on');
    expect(iniEmitter.escape('Europe/Berlin')).toBe('"Europe/Berlin"');
  });

  it.each(['on', 'null', 'none', 'E_ALL', 'PHP_VERSION'])(
    'quotes %s, which PHP would read as a constant',
    (word) => {
      expect(iniEmitter.escape(word)).toBe(`"${word}"`);
    },
  );

  it.each(['a\nuser = root', 'a\0b', 'a"b', 'a\\', '${HOME}', '$pool', 'a\u2028b'])('refuses %j', (value) => {
    expect(() => iniEmitter.escape(value)).toThrow(EmitError);
  });

  it('writes nothing that does not read back as the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
        let text: string;
        try {
          text = iniEmitter.escape(value);
        } catch (error) {
          expect(error).toBeInstanceOf(EmitError);
          return;
        }
        expect(parseIni(`[a]\nkey = ${text}\n`)).toEqual([{ name: 'a', entries: [['key', value]] }]);
      }),
      { numRuns: 2000 },
    );
  });

  it.skipIf(!php)('is read by PHP itself as the same value', () => {
    const printable = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
      .filter((text) => !/["\\$]/.test(text));
    const values = fc.sample(printable, { numRuns: 300, seed: 7 });
    const text = values.map((value, index) => `k${index} = ${iniEmitter.escape(value)}`).join('\n');
    const script = 'echo json_encode(array_values(parse_ini_string(stream_get_contents(STDIN))));';
    const read: unknown = JSON.parse(
      execFileSync(php ?? '', ['-n', '-r', script], { input: text, encoding: 'utf8' }),
    );
    expect(read).toEqual(values);
  });
});

describe('section and key', () => {
  it('write what PHP knows', () => {
    expect(String(iniSection('PATH=/home/alice/domains/a.test/public_html'))).toBe(
      '[PATH=/home/alice/domains/a.test/public_html]',
    );
    expect(String(iniKey('php_admin_value[open_basedir]'))).toBe('php_admin_value[open_basedir]');
  });

  it.each(['a]\n[b', 'PATH=/a b', 'a"', '${x}', ''])('refuse %j', (name) => {
    expect(() => iniSection(name)).toThrow(EmitError);
    expect(() => iniKey(name)).toThrow(EmitError);
  });
});

describe('parseIni', () => {
  it.each(['user', 'user = root', 'include=/etc/*.conf', 'a = "b" "c"', 'a = "b" ; c'])(
    'does not take %j, which the emitter never writes',
    (line) => {
      expect(() => parseIni(`[a]\n${line}`)).toThrow(EmitError);
    },
  );
});
