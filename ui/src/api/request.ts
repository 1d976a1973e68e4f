import { ApiError, type Problem } from './api-error.js';

export interface RequestOptions {
  body?: unknown;
  accessToken?: string | null;
  /** Repeating a POST with the same key does not do it twice. */
  idempotencyKey?: string;
  /** Language of error texts; default the browser's. */
  language?: string;
  signal?: AbortSignal;
  accept?: string;
}

/** One request to the panel's own API. @throws ApiError */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const { body, accessToken, idempotencyKey, language, signal, accept = 'application/json' } = options;
  const headers: Record<string, string> = { accept, 'x-tenpanel-csrf': '1' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (accessToken) headers['authorization'] = `Bearer ${accessToken}`;
  if (idempotencyKey) headers['idempotency-key'] = idempotencyKey;
  if (language) headers['accept-language'] = language;
  const response = await fetch(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { code: 'ui.unreachable', title: 'The panel does not answer.' });
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Problem;
  throw new ApiError(response.status, problem);
}

/** The JSON of an answer; null for one without content. */
export async function read<T>(response: Response): Promise<T> {
  return response.status === 204 ? (null as T) : ((await response.json()) as T);
}
