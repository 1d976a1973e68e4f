import { reactive } from 'vue';

/** What the API says went wrong, in plain words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

interface Me {
  name: string;
  role: string;
}

// The access token lives in memory only; a reload gets a new one through the HttpOnly refresh cookie.
let accessToken: string | null = null;
const state = reactive<{ me: Me | null }>({ me: null });

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      'x-tenpanel-csrf': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return answer as T;
  const problem = (answer ?? {}) as { code?: string; detail?: string; title?: string; errors?: { message: string }[] };
  const words = problem.errors?.[0]?.message ?? problem.detail ?? problem.title ?? `HTTP ${response.status}`;
  throw new ApiError(response.status, problem.code ?? 'unknown', words);
}

async function refresh(): Promise<boolean> {
  try {
    accessToken = (await request<{ accessToken: string }>('POST', '/api/auth/refresh', {})).accessToken;
    return true;
  } catch {
    accessToken = null;
    return false;
  }
}

export const session = {
  state,
  async signIn(login: string, password: string, code: string): Promise<void> {
    const answer = await request<{ accessToken: string }>('POST', '/api/auth/login', { login, password, ...(code === '' ? {} : { code }), cookie: true });
    accessToken = answer.accessToken;
    state.me = await request<Me>('GET', '/api/me');
  },
  async restore(): Promise<boolean> {
    if (state.me !== null) return true;
    if (!(await refresh())) return false;
    state.me = await request<Me>('GET', '/api/me');
    return true;
  },
  async signOut(): Promise<void> {
    await request('POST', '/api/auth/logout', {}).catch(() => undefined);
    accessToken = null;
    state.me = null;
  },
  /** GET with one silent renewal of the access token. */
  async get<T>(path: string): Promise<T> {
    try {
      return await request<T>('GET', path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && (await refresh())) return request<T>('GET', path);
      throw error;
    }
  },
};
