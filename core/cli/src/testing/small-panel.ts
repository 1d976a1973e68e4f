import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../api/client.js';
import { DocumentCache } from '../api/document.js';
import type { OpenApiDocument } from '../api/openapi.js';
import { execute } from '../execute.js';
import { layout } from '../layout/layout.js';
import { memoryTerminal } from './memory-terminal.js';

export interface Received {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export interface Ran {
  exitCode: number;
  out: string;
  notes: string;
  /** Requests but the one for the document. */
  received: Received[];
}

type Answer = (request: Received, response: ServerResponse) => unknown;

/**
 * An HTTP server on a unix socket that serves a document and answers by `routes` (`GET /api/x`), and the command run
 * against it in this process. A handler returns the JSON body, or writes the response itself.
 */
export async function smallPanel(document: OpenApiDocument, routes: Record<string, Answer>) {
  const folder = mkdtempSync(join(tmpdir(), 'tenpanel-cli-'));
  const socket = join(folder, 'panel.sock');
  let received: Received[] = [];
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const json = (status: number, body: unknown) => {
      response
        .writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
        .end(JSON.stringify(body));
    };
    if (url.pathname === '/api/openapi.json') return json(200, document);
    const one: Received = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    received.push(one);
    const answer = routes[`${one.method} ${one.path}`];
    if (!answer)
      return json(404, {
        title: 'Not found',
        status: 404,
        detail: 'There is no such thing.',
        code: 'kernel.notFound',
      });
    const body = await answer(one, response);
    if (!response.headersSent) json(200, body);
  }
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    async run(argv: readonly string[], width: number | null = null): Promise<Ran> {
      received = [];
      const terminal = memoryTerminal(width);
      const client = new ApiClient({ socket });
      let asked = 0;
      const exitCode = await execute(argv, {
        layout: layout({ uid: 1000, env: { TENPANEL_PREVIEW_DIR: folder } }),
        client,
        documents: new DocumentCache(client, join(folder, 'cache')),
        terminal,
        env: {},
        confirm: async () => false,
        setExitCode: (code) => (asked = code),
        signal: new AbortController().signal,
      });
      return {
        exitCode: exitCode || asked,
        out: terminal.output.join('\n'),
        notes: terminal.notes.join('\n'),
        received,
      };
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true });
    },
  };
}
