/**
 * Text that an emitter has already made safe for its language. The only value a template may print raw
 * (`<%~ %>`); a plain string there is an error. The mark is a registered symbol, so that two copies of the SDK
 * agree, and JSON from a request or the database can never carry it.
 */
export interface Emitted {
  readonly [emittedMark]: string;
  toString(): string;
}

const emittedMark: unique symbol = Symbol.for('tenpanel.emitted');

/** One per target language: the only place that knows how a value is quoted in it. */
export interface Emitter {
  /** The suffix before `.eta`: `nginx`, `ini`, `vcl`, `systemd`, `htpasswd`. */
  readonly language: string;
  /**
   * One value as one token of the language, quoted where it must be. An `Emitted` passes unchanged. Throws
   * `EmitError` for control characters, line breaks, and for what the language cannot express.
   */
  escape(value: unknown): string;
}

/** A value that cannot be written in the target language. Never contains the value itself: it may be a secret. */
export class EmitError extends Error {
  constructor(
    readonly language: string,
    message: string,
  ) {
    super(`${language}: ${message}`);
    this.name = 'EmitError';
  }
}

/** Mark text as safe. Only emitters, and renderers of whole blocks built by emitters, call this. */
export function emitted(text: string): Emitted {
  return { [emittedMark]: text, toString: () => text };
}

export function isEmitted(value: unknown): value is Emitted {
  return typeof value === 'object' && value !== null && emittedMark in value;
}

// eslint-disable-next-line no-control-regex
const REFUSED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/**
 * The text of a value before quoting: strings, finite numbers, bigints. Everything else (objects, undefined, NaN) is
 * a mistake of the template's author and throws, because `[object Object]` in a configuration is worse.
 */
export function plainText(language: string, value: unknown): string {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)))
    return String(value);
  if (typeof value !== 'string') {
    throw new EmitError(
      language,
      `a value of type ${value === null ? 'null' : typeof value} cannot be written into a configuration`,
    );
  }
  if (REFUSED.test(value))
    throw new EmitError(language, 'a value holds a line break or another control character');
  if (/\p{Surrogate}/u.test(value)) throw new EmitError(language, 'a value holds broken Unicode');
  return value;
}
