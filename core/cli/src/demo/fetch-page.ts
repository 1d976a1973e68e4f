import { request } from 'node:http';

export interface Page {
  status: number;
  cache: string | null;
  body: string;
}

/** Ask this machine's port 80 for a site, as a visitor whose DNS points here. */
export function fetchPage(domain: string, path = '/', port = 80): Promise<Page> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, headers: { host: domain }, timeout: 15_000, agent: false },
      (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => (body = (body + chunk.toString()).slice(0, 64 * 1024)));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            cache: String(answer.headers['x-cache'] ?? '') || null,
            body,
          }),
        );
        answer.on('error', reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 15 s')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
