import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmitError } from './emitter.js';
import { systemdEmitter } from './systemd.js';

/** The words of a value by systemd.syntax(7), QUOTING, with `%%` and the escapes that the emitter writes. */
function words(text: string): string[] {
  const found: string[] = [];
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/gy;
  let end = 0;
  for (let match = word.exec(text); match; match = word.exec(text)) {
    const [whole, quoted, bare = ''] = match;
    found.push((quoted?.replace(/\\(["\\])/g, '$1') ?? bare).replaceAll('%%', '%'));
    end += whole.length;
  }
  if (text.slice(end).trim() !== '') throw new Error('not words');
  return found;
}

describe('the systemd emitter', () => {
  it('leaves plain words bare, quotes the others, and doubles "%"', () => {
    expect(systemdEmitter.escape('/usr/sbin/nginx')).toBe('/usr/sbin/nginx');
    expect(systemdEmitter.escape('two words')).toBe('"two words"');
    expect(systemdEmitter.escape('100%')).toBe('"100%%"');
    expect(systemdEmitter.escape(512)).toBe('512');
    expect(systemdEmitter.escape(true)).toBe('yes');
    expect(systemdEmitter.escape('')).toBe('""');
  });

  it.each(['$HOME', 'a\nExecStart=/bin/sh', 'a\r', 'a\0'])('refuses %j', (value) => {
    expect(() => systemdEmitter.escape(value)).toThrow(EmitError);
  });

  it('writes words that read back as the same values, and nothing else', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(...'"\\%$;# \t\na\'='), maxLength: 30 }),
    );
    let written = 0;
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        let text: string;
        try {
          text = values.map((each) => systemdEmitter.escape(each)).join(' ');
        } catch (error) {
          expect(error).toBeInstanceOf(EmitError);
          return;
        }
        written += 1;
        expect(text).not.toMatch(/[\r\n]/);
        expect(words(text)).toEqual(values);
      }),
      { numRuns: 2000 },
    );
    expect(written).toBeGreaterThan(100);
  });
});
