import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiClient } from './client.js';

const folder = mkdtempSync(join(tmpdir(), 'tenpanel-client-'));
const socket = join(folder, 'panel.sock');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A panel on the local socket. It takes the place of the former one's file, and leaves its own behind, as a restart does. */
async function panel(
  handle: RequestListener = (_request, response) => response.end('{"status":"ok"}'),
): Promise<Server> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(`${socket}~`, resolve));
  renameSync(`${socket}~`, socket);
  return server;
}
const stop = (server: Server) => new Promise((resolve) => server.close(resolve));

describe('the client on the local socket', () => {
  it('waits while the panel is being started again', async () => {
    await stop(await panel());
    const asked = new ApiClient({ socket }).request({ method: 'POST', path: '/api/plugins', body: {} });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const next = await panel();
    try {
      expect((await asked).status).toBe(200);
    } finally {
      await stop(next);
    }
  });

  it('says at once that a panel which was stopped is not there', async () => {
    const before = Date.now();
    const asked = new ApiClient({ socket: join(folder, 'none.sock') }).request({ method: 'GET', path: '/' });
    await expect(asked).rejects.toThrow(/cannot be reached .* \(ENOENT\)/);
    expect(Date.now() - before).toBeLessThan(2_000);
  });

  it('sends again what may be sent twice when the panel ends before it has answered', async () => {
    const dying = await panel((request) => request.socket.destroy());
    const client = new ApiClient({ socket });
    const change = { method: 'POST', path: '/api/plugins', body: {} };
    await expect(client.request(change)).rejects.toThrow(/ECONNRESET/);
    const asked = client.request({ ...change, headers: { 'idempotency-key': 'one' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stop(dying);
    const next = await panel();
    try {
      expect((await asked).status).toBe(200);
    } finally {
      await stop(next);
    }
  });

  it('gives up after the time it was given', async () => {
    await stop(await panel());
    const asked = new ApiClient({ socket }).request({ method: 'GET', path: '/', timeoutMs: 300 });
    await expect(asked).rejects.toThrow(/cannot be reached .* \((ECONNREFUSED|EPIPE|ECONNRESET)\)/);
  });
});
