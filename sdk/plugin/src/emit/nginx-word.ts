import { EmitError, plainText } from './emitter.js';

const mark: unique symbol = Symbol.for('tenpanel.nginxWord');

/**
 * One word of a directive whose `$` was put there by code, never by a value: a variable, a text with variables in it,
 * or a regular expression. JSON from a request cannot carry the mark.
 */
export interface NginxWord {
  readonly [mark]: true;
  /** What nginx sees after it has read the word. */
  readonly text: string;
  /** True where bare words would be ambiguous (regular expressions, texts with variables). */
  readonly quoted: boolean;
}

/** A value (its `$` is refused), or a word made by the functions below. */
export type NginxArg = string | number | NginxWord;

function word(text: string, quoted: boolean): NginxWord {
  return { [mark]: true, text, quoted };
}

export function isNginxWord(value: unknown): value is NginxWord {
  return typeof value === 'object' && value !== null && mark in value;
}

/** `$name`, or `$1` for what a regular expression caught. */
export function nginxVariable(name: string): NginxWord {
  if (!/^(?:[a-z][a-z0-9_]*|[1-9])$/.test(name))
    throw new EmitError('nginx', 'this is not the name of a variable');
  return word(`$${name}`, false);
}

/** Values and variables joined to one word: `nginxText('https://', nginxVariable('host'), path)`. */
export function nginxText(...parts: NginxArg[]): NginxWord {
  let text = '';
  for (const [index, part] of parts.entries()) {
    if (!isNginxWord(part)) {
      text += nginxLiteral(part);
      continue;
    }
    const next = parts[index + 1];
    const glued = next !== undefined && /^[A-Za-z0-9_]/.test(isNginxWord(next) ? next.text : String(next));
    // `$host` before a letter would be read as a longer name; a capture (`$1`) is one digit and never needs braces.
    text += glued && /^\$[a-z]\w*$/.test(part.text) ? `\${${part.text.slice(1)}}` : part.text;
  }
  return word(text, true);
}

/** A regular expression that our own code has written or checked; `$` in it is the anchor. */
export function nginxRegex(source: string): NginxWord {
  return word(plainText('nginx', source), true);
}

/** A value as nginx will see it. */
export function nginxLiteral(value: string | number): string {
  const text = plainText('nginx', value);
  if (text.includes('$'))
    throw new EmitError('nginx', 'a value holds "$", which nginx would take for a variable');
  return text;
}

/** The words of `if (<variable> <operator> <right>)`. The right side is always quoted. */
export function nginxCondition(
  variable: string,
  operator: '=' | '!=' | '~' | '~*' | '!~' | '!~*',
  right: NginxArg,
): NginxArg[] {
  const side = isNginxWord(right) ? right.text : nginxLiteral(right);
  return [word(`(${nginxVariable(variable).text}`, false), operator, word(side, true), word(')', false)];
}

/** The words of `if (-f $variable)`. */
export function nginxFileTest(test: '-f' | '!-f' | '-d' | '!-d', variable: string): NginxArg[] {
  return [word(`(${test}`, false), word(`${nginxVariable(variable).text})`, false)];
}
