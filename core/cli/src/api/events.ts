import type { ApiClient, ApiRequest } from './client.js';

export interface ServerEvent {
  event: string;
  id: string | null;
  data: unknown;
}

/** Server-sent events of one path until the panel closes the stream (https://html.spec.whatwg.org/#server-sent-events). */
export async function* events(
  client: ApiClient,
  path: string,
  signal?: AbortSignal,
  query?: ApiRequest['query'],
): AsyncGenerator<ServerEvent> {
  const message = await client.open({
    method: 'GET',
    path,
    query,
    headers: { accept: 'text/event-stream' },
    timeoutMs: 3_600_000,
    signal,
  });
  if (message.statusCode !== 200) {
    message.resume();
    return;
  }
  message.setEncoding('utf8');
  let rest = '';
  for await (const chunk of message as AsyncIterable<string>) {
    const blocks = (rest + chunk).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

function parseBlock(block: string): ServerEvent | null {
  let event = 'message';
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const field = line.slice(0, colon);
    if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  if (data.length === 0) return null;
  const text = data.join('\n');
  try {
    return { event, id, data: JSON.parse(text) as unknown };
  } catch {
    return { event, id, data: text };
  }
}
