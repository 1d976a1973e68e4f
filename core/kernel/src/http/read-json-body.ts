import type { IncomingMessage } from 'node:http';
import { PanelError } from '@tenpanel/sdk';

/**
 * The JSON body of a request, undefined when it has none. Only `application/json` in UTF-8 without compression.
 * @throws PanelError 415 for another type, 413 above `maxBytes`, 400 for text that is no JSON
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const chunked = request.headers['transfer-encoding'] !== undefined;
  if (announced === 0 && !chunked) return undefined;
  const [type, ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (
    type?.trim() !== 'application/json' ||
    (charset && charset !== 'charset=utf-8') ||
    encoding !== 'identity'
  ) {
    throw new PanelError(
      'http.notJson',
      415,
      'Send the body as application/json in UTF-8, without compression.',
    );
  }
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new PanelError('http.badJson', 400, 'The body is no valid JSON in UTF-8.');
  }
}

function tooLarge(maxBytes: number): PanelError {
  return new PanelError('http.tooLarge', 413, `The body is larger than ${Math.round(maxBytes / 1024)} KiB.`, {
    kib: Math.round(maxBytes / 1024),
  });
}
