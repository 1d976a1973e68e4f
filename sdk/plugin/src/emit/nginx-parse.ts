import { EmitError } from './emitter.js';

/** A directive as nginx reads it. */
export interface NginxNode {
  words: string[];
  block?: NginxNode[];
}

const SPACE = new Set([' ', '\t', '\r', '\n']);

/**
 * Read nginx's language as `ngx_conf_read_token` (src/core/ngx_conf_file.c) does: words end at spaces, `;` and `{`;
 * quotes only at a word's start; `\"`, `\'`, `\\` lose their backslash, `\t`, `\r`, `\n` become that character, any
 * other backslash stays; `${` opens no block. Throws `EmitError` on what nginx refuses as well.
 */
export function parseNginx(text: string): NginxNode[] {
  const reader = { text, at: 0 };
  const nodes = readBlock(reader, false);
  return nodes;
}

interface Reader {
  text: string;
  at: number;
}

function readBlock(reader: Reader, inner: boolean): NginxNode[] {
  const nodes: NginxNode[] = [];
  for (;;) {
    const statement = readStatement(reader);
    if (statement.end === 'eof' || statement.end === '}') {
      if ((statement.end === '}') !== inner)
        throw new EmitError('nginx', inner ? 'a brace is not closed' : 'a brace closes nothing');
      if (statement.words.length > 0) throw new EmitError('nginx', 'a directive does not end with ";"');
      return nodes;
    }
    if (statement.words.length === 0) throw new EmitError('nginx', `"${statement.end}" stands alone`);
    nodes.push(
      statement.end === '{'
        ? { words: statement.words, block: readBlock(reader, true) }
        : { words: statement.words },
    );
  }
}

function readStatement(reader: Reader): { words: string[]; end: ';' | '{' | '}' | 'eof' } {
  const words: string[] = [];
  for (;;) {
    const sign = reader.text[reader.at];
    if (sign === undefined) return { words, end: 'eof' };
    if (SPACE.has(sign)) reader.at += 1;
    else if (sign === '#') skipComment(reader);
    else if (sign === ';' || sign === '{') {
      reader.at += 1;
      return { words, end: sign };
    } else if (sign === '}') {
      reader.at += 1;
      return { words, end: '}' };
    } else words.push(sign === '"' || sign === "'" ? readQuoted(reader, sign) : readBare(reader));
  }
}

function skipComment(reader: Reader): void {
  const end = reader.text.indexOf('\n', reader.at);
  reader.at = end === -1 ? reader.text.length : end + 1;
}

function readQuoted(reader: Reader, quote: string): string {
  let at = reader.at + 1;
  const start = at;
  while (reader.text[at] !== quote) {
    if (reader.text[at] === undefined) throw new EmitError('nginx', 'a quote is not closed');
    at += reader.text[at] === '\\' ? 2 : 1;
  }
  reader.at = at + 1;
  const next = reader.text[reader.at];
  if (next !== undefined && !SPACE.has(next) && next !== ';' && next !== '{' && next !== ')') {
    throw new EmitError('nginx', 'something stands right behind a closing quote');
  }
  return unescape(reader.text.slice(start, at));
}

function readBare(reader: Reader): string {
  const start = reader.at;
  let at = start;
  for (;;) {
    const sign = reader.text[at];
    if (sign === undefined || SPACE.has(sign) || sign === ';') break;
    if (sign === '{' && reader.text[at - 1] !== '$') break;
    at += sign === '\\' ? 2 : 1;
  }
  reader.at = Math.min(at, reader.text.length);
  return unescape(reader.text.slice(start, reader.at));
}

function unescape(raw: string): string {
  return raw.replace(/\\(["'\\trn])/g, (_, sign: string) => ({ t: '\t', r: '\r', n: '\n' })[sign] ?? sign);
}
