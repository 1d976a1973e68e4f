import { EmitError, isEmitted, plainText, type Emitter } from './emitter.js';

// What nginx reads as one word without quotes. `$` starts a variable, `{};#"'\` and spaces end or open something.
const BARE = /^[A-Za-z0-9_.,:/@%+=~*?&^|!()<>[\]-]+$/;
// nginx reads its files in pieces of 4096 bytes (NGX_CONF_BUFFER); a longer word stops it from starting.
const MAX_BYTES = 4000;

/** Text that is known to be one word, in double quotes where nginx needs them. Adds no meaning to `$`. */
export function quoteNginx(text: string): string {
  const quoted = BARE.test(text) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`;
  if (Buffer.byteLength(quoted) > MAX_BYTES)
    throw new EmitError('nginx', `a value is longer than ${MAX_BYTES} bytes`);
  return quoted;
}

/** nginx: a word, in double quotes where needed. `$` is refused, because nginx has no way to quote it. */
export const nginxEmitter: Emitter = {
  language: 'nginx',
  escape(value) {
    if (isEmitted(value)) return value.toString();
    if (typeof value === 'boolean') return value ? 'on' : 'off';
    const text = plainText('nginx', value);
    if (text.includes('$'))
      throw new EmitError('nginx', 'a value holds "$", which nginx would take for a variable');
    return quoteNginx(text);
  },
};
