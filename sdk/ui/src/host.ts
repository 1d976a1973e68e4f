import { inject, type InjectionKey } from 'vue';

/** An answer that is no success (RFC 9457, problem details). */
export interface ApiProblem extends Error {
  /** HTTP status; 0 when the panel did not answer. */
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
}

/** What a plugin's component may ask the panel for. */
export interface UiHost {
  /** The plugin that the component belongs to. */
  readonly plugin: string;
  /** GET below `/api`, as the signed-in person. @throws ApiProblem */
  get<T>(path: string): Promise<T>;
  /** Any other request below `/api`; a POST that is repeated by the browser is done once. @throws ApiProblem */
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
  may(permission: string): boolean;
  /** A text of the plugin's own messages in the language of the person. */
  t(key: string, values?: Record<string, unknown>): string;
}

export const uiHostKey: InjectionKey<UiHost> = Symbol.for('tenpanel.ui-host') as InjectionKey<UiHost>;

/** Inside `setup` of a component that a slot of the panel shows. */
export function useHost(): UiHost {
  const host = inject(uiHostKey, null);
  if (!host) throw new Error('useHost() works inside the setup of a component that the panel shows.');
  return host;
}
