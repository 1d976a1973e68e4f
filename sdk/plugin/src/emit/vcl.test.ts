import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmitError } from './emitter.js';
import { vclTokens } from './vcl-tokens.js';
import { vclEmitter } from './vcl.js';

describe('the VCL emitter', () => {
  it('writes text as a literal and uses the long form for a quote', () => {
    expect(vclEmitter.escape('/run/a.sock')).toBe('"/run/a.sock"');
    expect(vclEmitter.escape('say "hi" now')).toBe('{"say "hi" now"}');
    expect(vclEmitter.escape(120)).toBe('120');
  });

  it.each(['a\n}', 'a"}b', 'ends with "', 'a\0'])('refuses %j', (value) => {
    expect(() => vclEmitter.escape(value)).toThrow(EmitError);
  });

  it('refuses a number that VCL has no literal for', () => {
    expect(() => vclEmitter.escape(1e21)).toThrow(EmitError);
    expect(() => vclEmitter.escape(0.5)).toThrow(EmitError);
  });

  it('writes nothing that does not read back as one string with the same text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.stringMatching(/^["{}a;]{0,12}$/)),
        (value) => {
          let text: string;
          try {
            text = vclEmitter.escape(value);
          } catch (error) {
            expect(error).toBeInstanceOf(EmitError);
            return;
          }
          const tokens = vclTokens(`set req.http.X = ${text};`);
          expect(tokens.map((token) => token.kind)).toEqual(['word', 'word', 'sign', 'string', 'sign']);
          expect(tokens[3]?.text).toBe(value);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('vclTokens', () => {
  it('passes over comments and keeps lines', () => {
    const tokens = vclTokens('# a { b\n/* c\n d */ set req.http.A = {"x\n"};');
    expect(tokens.map(({ text }) => text)).toEqual(['set', 'req.http.A', '=', 'x\n', ';']);
    expect(tokens[0]?.line).toBe(3);
  });

  it.each(['C{ system("id"); }C', 'a ` b', '"open', 'a\r\nb', 'a\0'])('does not take %j', (text) => {
    expect(() => vclTokens(text)).toThrow(EmitError);
  });
});
