import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

/** Where the panel is: its local socket (root), or an address with a token. `ca` is a PEM text for a self-signed panel. */
export type Target = { socket: string } | { url: string; token: string; ca?: string | undefined };

export interface ApiRequest {
  method: string;
  /** Below the panel's root, for example `/api/vhosts/3`; already encoded. */
  path: string;
  query?: Record<string, string | string[]> | undefined;
  body?: unknown;
  headers?: Record<string, string> | undefined;
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  /** Parsed when it is JSON, else text; undefined when empty. */
  body: unknown;
}

const MAX_ANSWER = 64 * 1024 * 1024;
/**
 * How long a restart of the panel is waited for, and how often it is tried. A plugin that hangs while it starts takes 20 s
 * of each restart until the panel leaves it out, and several changes of plugins follow each other.
 */
const RESTART_MS = 90_000;
const AGAIN_MS = 200;
const NOT_SENT = ['ECONNREFUSED', 'EPIPE'];
/** The panel ended while it worked on the request: nobody knows how far it has come. */
const CUT_OFF = 'ECONNRESET';

/** The HTTP client of the command. Status codes are the caller's business; it throws only when there is no answer. */
export class ApiClient {
  constructor(readonly target: Target) {}

  async request(input: ApiRequest): Promise<ApiAnswer> {
    const message = await this.open(input);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of message as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_ANSWER)
        throw new CliError('The panel’s answer is larger than 64 MiB.', ExitCode.unexpected);
      chunks.push(chunk);
    }
    return {
      status: message.statusCode ?? 0,
      headers: message.headers,
      body: parseBody(message, Buffer.concat(chunks).toString('utf8')),
    };
  }

  /**
   * The answer's head; the caller reads the body as a stream. A local socket that is there and refuses belongs to a panel
   * that is being started again (a plugin was enabled): nothing was sent yet, so it is tried until the panel is back. One
   * that ends meanwhile is asked again too when that is safe: for what only reads, and under the same Idempotency-Key.
   */
  async open(input: ApiRequest): Promise<IncomingMessage> {
    const repeatable = input.method === 'GET' || input.headers?.['idempotency-key'] !== undefined;
    const again = repeatable ? [...NOT_SENT, CUT_OFF] : NOT_SENT;
    const end = Date.now() + Math.min(RESTART_MS, input.timeoutMs ?? RESTART_MS);
    for (;;) {
      try {
        return await this.once(input);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        const restarting = 'socket' in this.target && again.includes(code) && !input.signal?.aborted;
        if (!restarting || Date.now() > end) throw this.unreachable(error as NodeJS.ErrnoException);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  private once(input: ApiRequest): Promise<IncomingMessage> {
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    const headers: Record<string, string> = { accept: 'application/json', ...input.headers };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    const options: RequestOptions & { ca?: string | undefined } = {
      method: input.method,
      path: input.path + queryText(input.query),
      headers,
      timeout: input.timeoutMs ?? 130_000,
      ...(input.signal ? { signal: input.signal } : {}),
    };
    return new Promise((resolve, reject) => {
      const outgoing = this.send(options, resolve);
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', (error: NodeJS.ErrnoException) => reject(error));
      outgoing.end(body);
    });
  }

  private send(
    options: RequestOptions & { ca?: string | undefined },
    onAnswer: (message: IncomingMessage) => void,
  ) {
    const { target } = this;
    if ('socket' in target) {
      return httpRequest(
        { ...options, socketPath: target.socket, headers: { host: 'localhost', ...options.headers } },
        onAnswer,
      );
    }
    const url = new URL(target.url);
    const remote = {
      ...options,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      headers: { ...options.headers, authorization: `Bearer ${target.token}` },
    };
    if (url.protocol === 'https:')
      return httpsRequest({ ...remote, ...(target.ca ? { ca: target.ca } : {}) }, onAnswer);
    return httpRequest(remote, onAnswer);
  }

  private unreachable(error: NodeJS.ErrnoException): Error {
    if (error.name === 'AbortError') return new CliError('Interrupted.', ExitCode.interrupted);
    const where = 'socket' in this.target ? this.target.socket : this.target.url;
    if (error.code === 'EACCES') {
      return new CliError(`You may not use ${where}.`, ExitCode.unreachable, [
        'Run the command as root, or set TENPANEL_URL and TENPANEL_TOKEN.',
      ]);
    }
    if (error.code?.includes('CERT') || error.code === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
      return new CliError(
        `The certificate of ${where} is not trusted (${error.code}).`,
        ExitCode.unreachable,
        ['Copy the panel’s panel.crt here and name it in TENPANEL_CA.'],
      );
    }
    const hints =
      'socket' in this.target
        ? ['Is it running? Start it with "tenpanel start", or look with "tenpanel doctor".']
        : ['Check TENPANEL_URL.'];
    return new CliError(
      `The panel cannot be reached at ${where} (${error.code ?? error.message}).`,
      ExitCode.unreachable,
      hints,
    );
  }
}

function queryText(query: ApiRequest['query']): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {}))
    for (const one of [value].flat()) params.append(key, one);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function parseBody(message: IncomingMessage, text: string): unknown {
  if (text === '') return undefined;
  if (!/[/+]json\b/.test(message.headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CliError('The panel’s answer is not valid JSON.', ExitCode.unexpected);
  }
}
