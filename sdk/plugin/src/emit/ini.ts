import { EmitError, isEmitted, plainText, type Emitter } from './emitter.js';

const BARE = /^[A-Za-z0-9_./:,+@-]+$/;

/** PHP's ini dialect (php.ini, FPM pools): bare where harmless, else in double quotes; `${` would be interpolated. */
export const iniEmitter: Emitter = {
  language: 'ini',
  escape(value) {
    if (isEmitted(value)) return value.toString();
    if (typeof value === 'boolean') return value ? 'on' : 'off';
    const text = plainText('ini', value);
    if (text.includes('${')) throw new EmitError('ini', 'a value holds "${", which PHP would replace');
    if (BARE.test(text)) return text;
    return `"${text.replace(/[\\"]/g, '\\$&')}"`;
  },
};
