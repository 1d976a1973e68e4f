import { EmitError, isEmitted, plainText, type Emitter } from './emitter.js';

// What nginx reads as one word without quotes. `$` starts a variable, `{};#"'\` and spaces end or open something.
const BARE = /^[A-Za-z0-9_.,:/@%+=~*?&^|!()<>[\]-]+$/;

/** nginx: a word, in double quotes where needed. `$` is refused, because nginx has no way to quote it. */
export const nginxEmitter: Emitter = {
  language: 'nginx',
  escape(value) {
    if (isEmitted(value)) return value.toString();
    if (typeof value === 'boolean') return value ? 'on' : 'off';
    const text = plainText('nginx', value);
    if (text.includes('$')) throw new EmitError('nginx', 'a value holds "$", which nginx would take for a variable');
    if (BARE.test(text)) return text;
    return `"${text.replace(/[\\"]/g, '\\$&')}"`;
  },
};
