import { mkdtemp, rm, stat } from 'node:fs/promises';
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from './create-app.js';
import { listen, type Listening } from './listen.js';
import { TestPanel } from './test-panel.js';

let panel: TestPanel;
let folder: string;
let listening: Listening;
let socketPath: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenpanel-listen-'));
  socketPath = join(folder, 'admin.sock');
  panel = await TestPanel.start([], {}, { listen: { host: '127.0.0.1', port: 0 }, localSocket: socketPath });
  listening = await listen(panel.kernel, createApp(panel.kernel));
});
afterAll(async () => {
  await listening?.close();
  await panel?.stop();
  await rm(folder, { recursive: true, force: true });
});

const read = async (message: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
};
const overTls = (path: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) =>
    httpsGet(
      { host: '127.0.0.1', port: listening.port ?? 0, path, rejectUnauthorized: false, agent: false },
      resolve,
    ).on('error', reject),
  );
const overSocket = (path: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) =>
    httpRequest({ socketPath, path, agent: false }, resolve).on('error', reject).end(),
  );

describe('the https port', () => {
  it('answers with a certificate of its own for the panel’s name, over TLS 1.2 or newer only', async () => {
    const answer = await overTls('/api/me');
    expect(answer.statusCode).toBe(401);
    await read(answer);
    const names = await new Promise<string>((resolve, reject) => {
      const socket = tlsConnect(
        { host: '127.0.0.1', port: listening.port ?? 0, rejectUnauthorized: false },
        () => {
          resolve(String(socket.getPeerCertificate().subjectaltname));
          socket.end();
        },
      ).on('error', reject);
    });
    expect(names).toContain('DNS:panel.test');
    expect(names).toContain('IP Address:127.0.0.1');
    await expect(
      new Promise((resolve, reject) =>
        tlsConnect(
          {
            host: '127.0.0.1',
            port: listening.port ?? 0,
            maxVersion: 'TLSv1.1',
            minVersion: 'TLSv1',
            rejectUnauthorized: false,
          },
          () => resolve(null),
        ).on('error', reject),
      ),
    ).rejects.toThrow();
  });

  it('sends who typed http:// to the configured https address', async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      httpGet(
        {
          host: '127.0.0.1',
          port: listening.port ?? 0,
          path: '/x',
          headers: { host: 'evil.example' },
          agent: false,
        },
        resolve,
      ).on('error', reject),
    );
    expect([answer.statusCode, answer.headers.location]).toEqual([308, 'https://panel.test:8443']);
    await read(answer);
  });

  it('is not disturbed by what is no request at all', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(listening.port ?? 0, '127.0.0.1', () => socket.end(Buffer.alloc(2000, 0x16)));
      socket.on('close', () => resolve()).on('error', () => resolve());
      socket.resume();
    });
    await read(await overTls('/healthz'));
  });

  it('keeps its certificate over a restart', async () => {
    const before = (await stat(join(panel.kernel.config.stateDir, 'panel.crt'))).mtimeMs;
    const second = await listen(
      { ...panel.kernel, config: { ...panel.kernel.config, localSocket: null } },
      createApp(panel.kernel),
    );
    await second.close();
    expect((await stat(join(panel.kernel.config.stateDir, 'panel.crt'))).mtimeMs).toBe(before);
    expect((await stat(join(panel.kernel.config.stateDir, 'panel.key'))).mode & 0o777).toBe(0o600);
  });
});

describe('the local socket', () => {
  it('is open to its owner only and acts as the administrator', async () => {
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await read(await overSocket('/api/me')))).toMatchObject({
      kind: 'local',
      role: 'admin',
    });
  });

  it('is not taken from a panel that runs, but from one that has died', async () => {
    await expect(
      listen({ ...panel.kernel, config: { ...panel.kernel.config, listen: null } }, createApp(panel.kernel)),
    ).rejects.toThrow(/already listens/);
  });
});

describe('health', () => {
  it('is told to everybody, without details', async () => {
    const answer = await overTls('/healthz');
    expect(JSON.parse(await read(answer))).toEqual({
      status: 'ok',
      database: 'ok',
      agent: 'ok',
      worker: 'unknown',
    });
  });
});

describe('stopping', () => {
  it('ends event streams, lets a running request finish, and frees the port', async () => {
    const stream = await overSocket('/api/events');
    expect(stream.headers['content-type']).toBe('text/event-stream');
    const text = read(stream);
    const body = '{"login":"a@b.test","password":"whatever it was"}';
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const slow = httpRequest({ socketPath, path: '/api/auth/login', method: 'POST', headers, agent: false });
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      slow.on('response', resolve).on('error', reject),
    );
    slow.write(body.slice(0, 10));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const closing = listening.close();
    slow.end(body.slice(10));
    expect((await answered).statusCode).toBe(401);
    expect(await text).toContain('event: ready');
    await closing;
    await expect(overTls('/healthz')).rejects.toThrow();
    await expect(stat(socketPath)).rejects.toThrow();
  });

  it('for a restart leaves the file of the local socket, which the next process takes over', async () => {
    const config = { ...panel.kernel.config, listen: null };
    const first = await listen({ ...panel.kernel, config }, createApp(panel.kernel));
    await first.close({ restarting: true });
    await expect(overSocket('/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const next = await listen({ ...panel.kernel, config }, createApp(panel.kernel));
    expect((await overSocket('/healthz')).statusCode).toBe(200);
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    await next.close();
    await expect(stat(socketPath)).rejects.toThrow();
  });
});
