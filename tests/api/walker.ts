import { randomUUID } from 'node:crypto';
import { sql } from '@tenpanel/kernel/db/sql';
import type { TestPanel } from '@tenpanel/testing';
import { ApiDocument, type Operation } from './document.js';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  headers: Headers;
}

export interface Step {
  /** Bearer token; absent: nobody is signed in. */
  token?: string;
  params?: Record<string, string | number>;
  query?: Record<string, string>;
  body?: unknown;
}

/** Sends requests by the names of the document's operations, and holds every answer against it. */
export class Walker {
  readonly faults: string[] = [];
  /** Operations that have answered with success. */
  readonly done = new Set<string>();

  private constructor(
    readonly panel: TestPanel,
    readonly document: ApiDocument,
  ) {}

  static async over(panel: TestPanel): Promise<Walker> {
    const { body } = await panel.api.get('/openapi.json');
    return new Walker(panel, new ApiDocument(body as never));
  }

  async send<T = Record<string, unknown>>(name: string, step: Step = {}): Promise<Answer<T>> {
    return this.sendTo<T>(this.document.find(name), step);
  }

  async sendTo<T = Record<string, unknown>>(operation: Operation, step: Step): Promise<Answer<T>> {
    const path = operation.path.replace(/\{([^}]+)\}/g, (_, key: string) =>
      encodeURIComponent(String(step.params?.[key] ?? 1)),
    );
    const url = new URL(path, this.panel.url);
    for (const [key, value] of Object.entries(step.query ?? {})) url.searchParams.set(key, value);
    const abort = new AbortController();
    const response = await fetch(url, {
      method: operation.method,
      signal: abort.signal,
      headers: {
        ...(step.token && { authorization: `Bearer ${step.token}` }),
        ...(operation.method === 'POST' && { 'idempotency-key': randomUUID() }),
        ...(step.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(step.body !== undefined && { body: JSON.stringify(step.body) }),
    });
    const type = response.headers.get('content-type') ?? '';
    // A stream has no end; that it begins is all there is to see.
    const streams = type.startsWith('text/event-stream');
    const text = streams ? '…' : await response.text();
    if (streams) abort.abort();
    const body = (text === '' ? undefined : type.includes('json') ? JSON.parse(text) : text) as T;
    const fault = this.document.fault(operation, response.status, type, body);
    if (fault) this.faults.push(`${operation.name} ${fault}`);
    if (response.status < 400) this.done.add(operation.name);
    return { status: response.status, body, headers: response.headers };
  }

  /** Rows of the audit log that a request has left for its own operation. */
  async auditRows(operation: string, answer: Answer<unknown>): Promise<string[]> {
    const rows = await this.panel.kernel.db.read('/', (em) =>
      sql<{ outcome: string }>(em, 'select outcome from kernel.audit where request_id = $1 and action = $2', [
        answer.headers.get('x-request-id'),
        operation,
      ]),
    );
    return rows.map(({ outcome }) => outcome);
  }
}
