import { refuse, type Check } from './check.js';

// C0 and C1 control characters, DEL and the two Unicode line separators: the class of every injected config line.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** True when the text holds a control character or half of a surrogate pair. */
export function holdsControl(text: string): boolean {
  return CONTROL.test(text) || !text.isWellFormed();
}

/** One line of text. `pattern` must be anchored; `says` tells in plain words what is expected. */
export function text(rule: { min?: number; max: number; pattern?: RegExp; says?: string }): Check<string> {
  return (value, path) => {
    if (typeof value !== 'string') return refuse(path, 'must be text');
    if (value.length < (rule.min ?? 0)) return refuse(path, `must have at least ${rule.min} characters`);
    if (value.length > rule.max) return refuse(path, `must have at most ${rule.max} characters`);
    if (holdsControl(value)) return refuse(path, 'must not hold control characters or line breaks');
    if (rule.pattern && !rule.pattern.test(value))
      return refuse(path, rule.says ?? `must match ${rule.pattern.source}`);
    return value;
  };
}

/** Contents of a file or of standard input: any characters, at most `max` UTF-16 units. */
export function contents(max: number): Check<string> {
  return (value, path) => {
    if (typeof value !== 'string') return refuse(path, 'must be text');
    if (value.length > max) return refuse(path, `must have at most ${max} characters`);
    if (!value.isWellFormed()) return refuse(path, 'must be valid Unicode text');
    return value;
  };
}
