import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmitError } from './emitter.js';
import { htpasswdLine } from './htpasswd.js';

/** As nginx reads it: lines; not those that begin with `#`; up to the first and the second colon. */
const parse = (text: string) =>
  text
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));

describe('a line of a password file', () => {
  it('is a name and a hash', () => {
    expect(htpasswdLine('anna', '$6$salt$hash')).toBe('anna:$6$salt$hash\n');
  });

  it.each(['', 'a:b', 'a\nroot', 'a\r', '#a', 'a\0'])('refuses the name %j', (name) => {
    expect(() => htpasswdLine(name, 'x')).toThrow(EmitError);
    expect(() => htpasswdLine('anna', name)).toThrow(EmitError);
  });

  it('reads back as what was written, or is refused', () => {
    const field = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...':#$\r\n a') }),
    );
    let written = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 3 }), (users) => {
        let text: string;
        try {
          text = users.map(([name, hash]) => htpasswdLine(name, hash)).join('');
        } catch (error) {
          expect(error).toBeInstanceOf(EmitError);
          return;
        }
        written += 1;
        expect(parse(text)).toEqual(users);
      }),
      { numRuns: 2000 },
    );
    expect(written).toBeGreaterThan(100);
  });
});
