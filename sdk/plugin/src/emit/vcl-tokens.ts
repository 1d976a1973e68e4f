import { EmitError } from './emitter.js';

export interface VclToken {
  kind: 'word' | 'string' | 'number' | 'sign';
  /** Of a string: what it says, without its quotes. */
  text: string;
  /** Counted from 1. */
  line: number;
}

const SPACE = /[ \t\n]+/y;
const COMMENT = /(?:#|\/\/)[^\n]*|\/\*[\s\S]*?\*\//y;
const LONG = /(?:\{"([\s\S]*?)"\}|"""([\s\S]*?)""")/y;
const SHORT = /"([^"\n]*)"/y;
// A duration or size belongs to its number: 10s, 2m, 1.5h, 10KB.
const NUMBER = /\d+(?:\.\d+)?(?:ms|s|m|h|d|w|y|B|KB|MB|GB|TB)?\b/y;
const WORD = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const SIGN = /\+=|-=|\*=|\/=|==|!=|!~|<=|>=|&&|\|\||[{}();,=~!<>+\-*/%]/y;

/**
 * The tokens of a VCL text, without comments. Throws `EmitError` for inline C and for everything that is no token, with
 * the line, so that the text can be judged word by word and what an emitter wrote can be read back.
 */
export function vclTokens(source: string): VclToken[] {
  const tokens: VclToken[] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const rules: [RegExp, VclToken['kind'] | null][] = [
    [SPACE, null],
    [COMMENT, null],
    [LONG, 'string'],
    [SHORT, 'string'],
    [NUMBER, 'number'],
    [WORD, 'word'],
    [SIGN, 'sign'],
  ];
  while (at < source.length) {
    if (/C\{/y.test(source.slice(at, at + 2)))
      throw new EmitError('vcl', `line ${line}: inline C is not allowed`);
    const found = rules
      .map(([pattern, kind]) => ({ match: take(pattern), kind }))
      .find(({ match }) => match !== null);
    if (!found?.match) throw new EmitError('vcl', `line ${line}: this is not VCL`);
    const [whole, long, longer] = found.match;
    if (found.kind)
      tokens.push({ kind: found.kind, text: found.kind === 'string' ? (long ?? longer ?? '') : whole, line });
    line += whole.split('\n').length - 1;
    at += whole.length;
  }
  return tokens;
}
