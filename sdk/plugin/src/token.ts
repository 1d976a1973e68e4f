/**
 * A typed reference to something a plugin provides and another one uses. Tokens are compared by `id`, so that
 * two copies of a package still mean the same thing. `version` is the semver of the contract.
 */
export interface Token<T> {
  readonly id: string;
  readonly version: string;
  /** Only for the type checker. */
  readonly __type?: T;
}

/** A dependency that may be absent; it resolves to `undefined` then. */
export interface OptionalToken<T> {
  readonly token: Token<T>;
  readonly optional: true;
}

export type Dependency = Token<unknown> | OptionalToken<unknown>;
export type Dependencies = Record<string, Dependency>;
export type Resolved<D extends Dependencies> = {
  [K in keyof D]: D[K] extends OptionalToken<infer T>
    ? T | undefined
    : D[K] extends Token<infer T>
      ? T
      : never;
};

/**
 * @example
 * export const clock = createToken<Clock>('clock', '1.0.0');
 */
export function createToken<T>(id: string, version: string): Token<T> {
  return { id, version };
}

export function optional<T>(token: Token<T>): OptionalToken<T> {
  return { token, optional: true };
}
