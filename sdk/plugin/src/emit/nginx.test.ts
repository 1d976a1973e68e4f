import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmitError } from './emitter.js';
import { directive, renderNginx, type NginxDirective } from './nginx-tree.js';
import { parseNginx, type NginxNode } from './nginx-parse.js';
import { nginxCondition, nginxRegex, nginxText, nginxVariable } from './nginx-word.js';
import { nginxEmitter } from './nginx.js';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.stringMatching(/^[{}; "'\\#$\n\r\t()a-z0~*^=/.]{0,40}$/),
  fc.constantFrom(
    '',
    '\\',
    '"',
    "'",
    '#',
    '; deny all',
    '} server { listen 81; }',
    '${host}',
    'a\\',
    'a\\"',
    '\\n',
    '{',
    ')',
  ),
);

describe('a value in nginx’s language', () => {
  it('is read back as exactly one word, or is refused', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        let text: string;
        try {
          text = `name ${nginxEmitter.escape(value)} end;`;
        } catch (error) {
          expect(error).toBeInstanceOf(EmitError);
          return;
        }
        expect(parseNginx(text)).toEqual([{ words: ['name', value, 'end'] }]);
      }),
      { numRuns: 3000 },
    );
  });

  it('never holds a line break, a NUL or a dollar sign', () => {
    for (const value of ['a\nb', 'a\r', '\0', 'a$b', '\u2028', '${x}'])
      expect(() => nginxEmitter.escape(value)).toThrow(EmitError);
  });

  it('never is longer than nginx can read', () => {
    expect(() => nginxEmitter.escape('"'.repeat(2100))).toThrow(/longer than/);
    expect(nginxEmitter.escape('a'.repeat(3999))).toHaveLength(3999);
  });
});

describe('a tree of directives', () => {
  const plain = (tree: readonly NginxDirective[]): NginxNode[] =>
    tree.map(({ words, block }) => ({ words: words.map(String), ...(block ? { block: plain(block) } : {}) }));

  const { tree } = fc.letrec<{ tree: NginxDirective[]; node: NginxDirective }>((tie) => ({
    tree: fc.array(tie('node'), { maxLength: 4 }),
    node: fc
      .record(
        {
          words: fc.array(hostile, { minLength: 1, maxLength: 4 }),
          block: fc.option(tie('tree'), { nil: undefined, depthSize: 'small' }),
        },
        { requiredKeys: ['words'] },
      )
      .map(({ words, block }) => (block ? { words, block } : { words })),
  }));

  it('reads back as it was meant, whatever its values hold', () => {
    fc.assert(
      fc.property(tree, (nodes) => {
        let text: string;
        try {
          text = renderNginx(nodes);
        } catch (error) {
          expect(error).toBeInstanceOf(EmitError);
          return;
        }
        expect(parseNginx(text)).toEqual(plain(nodes));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes any regular expression as one word', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (source) => {
        const text = renderNginx([
          directive('location', '~', nginxRegex(source), [directive('deny', 'all')]),
        ]);
        expect(parseNginx(text)).toEqual([
          { words: ['location', '~', source], block: [{ words: ['deny', 'all'] }] },
        ]);
      }),
    );
  });

  it('writes variables only where code put them', () => {
    const text = renderNginx([
      directive(
        'return',
        301,
        nginxText('https://', nginxVariable('host'), 'x', nginxVariable('request_uri')),
      ),
    ]);
    expect(text).toBe('return 301 "https://${host}x$request_uri";\n');
    expect(() => nginxText('https://$host')).toThrow(EmitError);
    expect(() => nginxVariable('host;')).toThrow(EmitError);
  });

  it('writes a condition that nginx understands', () => {
    const text = renderNginx([
      directive('if', ...nginxCondition('uri', '~', nginxRegex('^/a(b|c)$')), [directive('return', 403)]),
    ]);
    expect(text).toBe('if ($uri ~ "^/a(b|c)$") {\n    return 403;\n}\n');
  });

  it('keeps a comment on its line', () => {
    expect(() => renderNginx([], ['a\nserver {}'])).toThrow(EmitError);
  });
});

describe('reading nginx’s language', () => {
  it('knows comments, quotes and braces of variables', () => {
    expect(parseNginx('# a { ;\nmap $a $b { "~^x y" ${c}d; } x \'a"b\';')).toEqual([
      { words: ['map', '$a', '$b'], block: [{ words: ['~^x y', '${c}d'] }] },
      { words: ['x', 'a"b'] },
    ]);
  });

  it('refuses what nginx refuses', () => {
    for (const text of ['a', 'a {', '}', 'a "b"c;', 'a "b;', ';', 'a { b }'])
      expect(() => parseNginx(text)).toThrow(EmitError);
  });
});
