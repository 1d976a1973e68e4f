import { EmitError, isEmitted, plainText, type Emitter } from './emitter.js';

/**
 * VCL: a number stays bare, text becomes a string literal. VCL knows no escapes inside a literal, so a quote asks for
 * the long form `{"…"}`, and what even that cannot hold is refused.
 */
export const vclEmitter: Emitter = {
  language: 'vcl',
  escape(value) {
    if (isEmitted(value)) return value.toString();
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    const text = plainText('vcl', value);
    if (typeof value !== 'string') {
      if (!/^-?\d{1,15}$/.test(text))
        throw new EmitError('vcl', 'a number must be whole and have at most 15 digits');
      return text;
    }
    if (!text.includes('"')) return `"${text}"`;
    if (text.includes('"}') || text.endsWith('"'))
      throw new EmitError('vcl', 'a value holds a quote that VCL cannot express');
    return `{"${text}"}`;
  },
};
