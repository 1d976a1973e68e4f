import { EmitError, isEmitted, plainText, type Emitter } from './emitter.js';

const BARE = /^[A-Za-z0-9_./:,+@=-]+$/;

/** systemd units: bare where harmless, else quoted; `%` doubled (specifiers), `$` refused (expanded in Exec lines). */
export const systemdEmitter: Emitter = {
  language: 'systemd',
  escape(value) {
    if (isEmitted(value)) return value.toString();
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    const text = plainText('systemd', value);
    if (text.includes('$')) throw new EmitError('systemd', 'a value holds "$", which systemd would expand');
    if (BARE.test(text)) return text;
    return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
  },
};
