import { randomUUID } from 'node:crypto';
import { problemOf } from '../api/problem.js';
import type { CliContext } from '../context.js';

/** One request of a local command; an answer that is not a success becomes a `CliError`. */
export async function apiCall<T>(
  context: CliContext,
  method: string,
  path: string,
  more: { query?: Record<string, string>; body?: unknown; wait?: number } = {},
): Promise<T> {
  const headers: Record<string, string> = {};
  if (method === 'POST') headers['idempotency-key'] = randomUUID();
  if (more.wait !== undefined) headers['prefer'] = `wait=${more.wait}`;
  const answer = await context.client.request({
    method,
    path,
    query: more.query,
    body: more.body,
    headers,
    signal: context.signal,
  });
  if (answer.status >= 400) throw problemOf(answer);
  return answer.body as T;
}
