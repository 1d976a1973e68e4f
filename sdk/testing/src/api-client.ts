import { randomUUID } from 'node:crypto';

export interface ApiReply<T = Record<string, unknown>> {
  status: number;
  /** Parsed JSON; undefined when there is none. A test states the shape it expects. */
  body: T;
  headers: Headers;
}

export interface ApiRequest {
  query?: Record<string, string | number | boolean>;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The panel's API as one signed-in person sees it: real HTTP through the whole application. Paths are below /api. */
export class ApiClient {
  constructor(
    private readonly base: string,
    private readonly token: string,
    /** Who this is. */
    readonly me: { userId: number; tenantId: number; email: string },
  ) {}

  get<T = Record<string, unknown>>(path: string, options: ApiRequest = {}): Promise<ApiReply<T>> {
    return this.send<T>('GET', path, options);
  }

  post<T = Record<string, unknown>>(
    path: string,
    body?: unknown,
    options: ApiRequest = {},
  ): Promise<ApiReply<T>> {
    return this.send<T>('POST', path, { ...options, body });
  }

  put<T = Record<string, unknown>>(
    path: string,
    body?: unknown,
    options: ApiRequest = {},
  ): Promise<ApiReply<T>> {
    return this.send<T>('PUT', path, { ...options, body });
  }

  patch<T = Record<string, unknown>>(
    path: string,
    body?: unknown,
    options: ApiRequest = {},
  ): Promise<ApiReply<T>> {
    return this.send<T>('PATCH', path, { ...options, body });
  }

  delete<T = Record<string, unknown>>(path: string, options: ApiRequest = {}): Promise<ApiReply<T>> {
    return this.send<T>('DELETE', path, options);
  }

  async send<T>(method: string, path: string, { query, headers, body }: ApiRequest): Promise<ApiReply<T>> {
    const url = new URL(`/api${path}`, this.base);
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, String(value));
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${this.token}`,
        accept: 'application/json',
        ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      body: (text !== '' && isJson ? JSON.parse(text) : text || undefined) as T,
      headers: response.headers,
    };
  }
}
