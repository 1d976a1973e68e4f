import { lookup as dnsLookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { AddressRefused, RequestFailed } from './net-errors.js';
import { isPublicAddress } from './public-address.js';

export interface GuardedRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** http or https, without credentials. */
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** For the whole exchange with its redirects; default 10,000. */
  timeoutMs?: number;
  /** Bytes of the answer's body; default 1 MiB. More is an error. */
  maxBytes?: number;
  signal?: AbortSignal;
}

export interface GuardedReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Where the answer came from after redirects. */
  url: string;
}

export interface GuardedHttp {
  /** @throws AddressRefused, RequestFailed. Every status of the other side is an answer, not an error. */
  request(request: GuardedRequest): Promise<GuardedReply>;
}

export interface GuardedHttpOptions {
  /** Addresses that may be reached although they are not public: an administrator's own list, or a test's server. */
  allow?: (address: string) => boolean;
  /** All addresses of a name; replaced in tests. */
  resolve?: (host: string) => Promise<string[]>;
  /** Certificates that are trusted beside the system's. */
  ca?: string[];
  userAgent?: string;
}

const REDIRECTS = 3;
const REDIRECT_STATUS = new Set([301, 302, 303, 307, 308]);

/**
 * The one HTTP client for addresses that people type. A name is resolved once and all its addresses must be public; the
 * connection goes to that very address, so that a second answer of the name server changes nothing. Redirects pass the
 * same check, three at most, and leave authorisation behind at another origin. Connections are not kept.
 */
export function createGuardedHttp(options: GuardedHttpOptions = {}): GuardedHttp {
  const allow = options.allow ?? (() => false);
  const resolve =
    options.resolve ??
    (async (host: string) => (await dnsLookup(host, { all: true })).map(({ address }) => address));

  const addressOf = async (host: string) => {
    const name = host.replace(/^\[|\]$/g, '');
    let addresses: string[];
    if (isIP(name)) addresses = [name];
    else {
      addresses = await resolve(name).catch((error: unknown) => {
        throw Object.assign(new RequestFailed('net.unreachable', `The name ${name} cannot be resolved.`), {
          cause: error,
        });
      });
    }
    const [first] = addresses;
    if (first === undefined) throw new RequestFailed('net.unreachable', `The name ${name} has no address.`);
    if (!addresses.every((address) => isPublicAddress(address) || allow(address)))
      throw new AddressRefused(name);
    return first;
  };

  const once = async (request: GuardedRequest, url: URL, signal: AbortSignal): Promise<GuardedReply> => {
    const address = await addressOf(url.hostname);
    signal.throwIfAborted();
    return new Promise((done, reject) => {
      const secure = url.protocol === 'https:';
      const name = url.hostname.replace(/^\[|\]$/g, '');
      const sent = (secure ? https : http).request({
        method: request.method,
        host: address,
        port: url.port || (secure ? 443 : 80),
        path: `${url.pathname}${url.search}`,
        headers: {
          'user-agent': options.userAgent ?? 'tenpanel',
          ...request.headers,
          host: url.host,
          ...(request.body === undefined
            ? {}
            : { 'content-length': String(Buffer.byteLength(request.body)) }),
        },
        agent: false,
        signal,
        ...(secure ? { servername: isIP(name) ? '' : name, ...(options.ca ? { ca: options.ca } : {}) } : {}),
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const most = request.maxBytes ?? 1_048_576;
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= most) chunks.push(chunk);
          else {
            // Rejected here: an answer that fits into one chunk has ended before the destruction is noticed.
            reject(
              new RequestFailed('net.tooLarge', `The answer of ${url.host} is larger than ${most} bytes.`),
            );
            sent.destroy();
          }
        });
        response.on('error', reject);
        response.on('end', () =>
          done({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            url: url.href,
          }),
        );
      });
      sent.end(request.body);
    });
  };

  return {
    async request(request) {
      const timeoutMs = request.timeoutMs ?? 10_000;
      const deadline = AbortSignal.timeout(timeoutMs);
      const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
      let url = parseUrl(request.url);
      let current = request;
      try {
        for (let redirects = 0; ; redirects += 1) {
          const reply = await once(current, url, signal);
          const target = REDIRECT_STATUS.has(reply.status) ? reply.headers['location'] : undefined;
          if (typeof target !== 'string') return reply;
          if (redirects === REDIRECTS)
            throw new RequestFailed('net.redirects', `${url.host} redirects more than ${REDIRECTS} times.`);
          const next = parseUrl(target, url);
          current = redirected(current, reply.status, next.origin === url.origin);
          url = next;
        }
      } catch (error) {
        if (error instanceof AddressRefused || error instanceof RequestFailed) throw error;
        request.signal?.throwIfAborted();
        if (deadline.aborted)
          throw new RequestFailed(
            'net.timeout',
            `${url.host} did not answer within ${timeoutMs / 1_000} seconds.`,
          );
        throw Object.assign(
          new RequestFailed('net.unreachable', `${url.host} cannot be reached: ${reason(error)}`),
          { cause: error },
        );
      }
    },
  };
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new RequestFailed('net.badUrl', 'Only addresses that begin with https:// or http:// can be used.');
  if (url.username !== '' || url.password !== '')
    throw new RequestFailed('net.badUrl', 'An address with a user name or password in it cannot be used.');
  return url;
}

/** 303, and 301 or 302 after a POST, go on as GET without the body (RFC 9110, 15.4). */
function redirected(request: GuardedRequest, status: number, sameOrigin: boolean): GuardedRequest {
  const asGet = status === 303 || ((status === 301 || status === 302) && request.method === 'POST');
  const { body, headers, ...rest } = request;
  const dropped = new Set([
    ...(asGet ? ['content-type', 'content-length'] : []),
    ...(sameOrigin ? [] : ['authorization', 'cookie']),
  ]);
  const kept = Object.fromEntries(
    Object.entries(headers ?? {}).filter(([name]) => !dropped.has(name.toLowerCase())),
  );
  return {
    ...rest,
    headers: kept,
    ...(asGet ? { method: 'GET' as const } : {}),
    ...(asGet || body === undefined ? {} : { body }),
  };
}

function reason(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (code === 'ECONNREFUSED') return 'the connection was refused.';
  if (code === 'ECONNRESET') return 'the connection was closed.';
  return typeof code === 'string' && /CERT|TLS|SSL|SIGNATURE/.test(code)
    ? 'its certificate cannot be trusted.'
    : 'the connection failed.';
}
