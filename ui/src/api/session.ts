import { reactive, readonly } from 'vue';
import { ApiError } from './api-error.js';
import { read, send, type RequestOptions } from './request.js';

export interface Me {
  name: string;
  email: string | null;
  role: string;
  language: string | null;
  permissions: string[];
}

interface Tokens {
  accessToken: string;
}

// The access token lives in memory only; a reload gets a new one through the HttpOnly refresh cookie.
let accessToken: string | null = null;
let renewing: Promise<boolean> | null = null;
let language: string | undefined;
const state = reactive<{ me: Me | null }>({ me: null });

/**
 * A refresh token works once, and a second use ends the session. All tabs share one cookie, so they take turns.
 * False: the session is over. Anything else that goes wrong (the panel restarts, say) is thrown.
 */
function renew(): Promise<boolean> {
  renewing ??= navigator.locks
    .request('tenpanel-refresh', async () => {
      accessToken = (await read<Tokens>(await send('POST', '/api/auth/refresh', { body: {} }))).accessToken;
      return true;
    })
    .catch((error: unknown) => {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return false;
      throw error;
    })
    .finally(() => (renewing = null));
  return renewing;
}

function forget(): void {
  accessToken = null;
  state.me = null;
}

/** A request as the signed-in person, with one silent renewal of the access token. */
async function call(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const attempt = (): Promise<Response> =>
    send(method, path, { ...options, accessToken, ...(language && { language }) });
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    if (await renew()) return attempt();
    forget();
    throw error;
  }
}

async function loadMe(): Promise<void> {
  state.me = await read<Me>(await call('GET', '/api/me'));
}

export const session = {
  state: readonly(state),

  async signIn(login: string, password: string, code: string): Promise<void> {
    const body = { login, password, ...(code === '' ? {} : { code: code.replace(/\s/g, '') }), cookie: true };
    accessToken = (
      await read<Tokens>(await send('POST', '/api/auth/login', { body, ...(language && { language }) }))
    ).accessToken;
    await loadMe();
  },

  /** After a reload: true when the session goes on. */
  async restore(): Promise<boolean> {
    if (state.me !== null) return true;
    if (!(await renew())) return false;
    await loadMe();
    return true;
  },

  async signOut(): Promise<void> {
    // The cookie belongs to the server; when it cannot be told now, the session still ends by itself.
    await send('POST', '/api/auth/logout', { body: {} }).catch(() => undefined);
    forget();
  },

  may: (permission: string): boolean => state.me?.permissions.includes(permission) ?? false,

  /** Language in which the API is to answer. */
  speak(chosen: string): void {
    language = chosen;
  },

  call,
  get: async <T>(path: string): Promise<T> => read<T>(await call('GET', path)),
  post: async <T>(path: string, body: unknown, idempotencyKey: string): Promise<T> =>
    read<T>(await call('POST', path, { body, idempotencyKey })),
};
