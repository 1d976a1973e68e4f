import { EmitError, isEmitted, plainText, type Emitter } from './emitter.js';

/**
 * Password files of nginx (`name:hash` lines, module ngx_http_auth_basic_module). The format has no quotes and no
 * escape: a colon would end the field, a leading `#` would make the line a comment.
 */
export const htpasswdEmitter: Emitter = {
  language: 'htpasswd',
  escape(value) {
    if (isEmitted(value)) return value.toString();
    const text = plainText('htpasswd', value);
    if (text === '') throw new EmitError('htpasswd', 'a field is empty');
    if (text.includes(':')) throw new EmitError('htpasswd', 'a field holds ":", which separates fields');
    if (text.startsWith('#'))
      throw new EmitError('htpasswd', 'a field begins with "#", which starts a comment');
    return text;
  },
};

/** One user's line; `hash` as crypt(3) writes it. */
export function htpasswdLine(name: string, hash: string): string {
  return `${htpasswdEmitter.escape(name)}:${htpasswdEmitter.escape(hash)}\n`;
}
