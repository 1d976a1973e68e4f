import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request to the panel over its local socket, as root. @returns {Promise<{status: number, body: any}>} */
export function api(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(
      {
        agent,
        socketPath: '/run/tenpanel/panel.sock',
        method,
        path: `/api${path}`,
        headers: {
          host: 'localhost',
          ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
          ...(text !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
          ...headers,
        },
      },
      (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => {
          const received = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode, body: received === '' ? undefined : JSON.parse(received) });
        });
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** The same, failing when the panel does not take it. */
export async function must(method, path, body, headers) {
  const answer = await api(method, path, body, headers);
  if (answer.status >= 400)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Status of a page of a site, asked as a visitor would; 0 when nobody answers. */
export function visit(host, path) {
  return new Promise((resolve) => {
    const outgoing = request(
      { host: '127.0.0.1', port: 80, path, headers: { host, connection: 'close' }, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode, text }));
      },
    );
    outgoing.on('error', () => resolve({ status: 0, text: '' }));
    outgoing.end();
  });
}
