import { EmitError, isEmitted, plainText, type Emitter } from './emitter.js';

const NUMBER = /^-?\d{1,18}[KMG]?$/i;

/**
 * PHP's ini dialect (php.ini, FPM pools). Only numbers and sizes stay bare: a bare word may be a constant (`on`, `null`,
 * `E_ALL`) and mean something else, so text is always in double quotes. What PHP reads specially even there (`"`, `\`
 * and `$`) is refused, because its scanner has no escape that all versions agree on.
 */
export const iniEmitter: Emitter = {
  language: 'ini',
  escape(value) {
    if (isEmitted(value)) return value.toString();
    if (typeof value === 'boolean') return value ? 'on' : 'off';
    const text = plainText('ini', value);
    const special = /["\\$]/.exec(text);
    if (special)
      throw new EmitError(
        'ini',
        `a value holds ${special[0]}, which cannot be written safely into PHP's ini language`,
      );
    return NUMBER.test(text) ? text : `"${text}"`;
  },
};
