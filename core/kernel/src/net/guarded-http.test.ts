import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedHttp } from './create-guarded-http.js';
import { isPublicAddress } from './public-address.js';

let server: http.Server;
let port: number;
const seen: {
  method: string;
  path: string;
  host: string;
  authorization: string | undefined;
  body: string;
}[] = [];

beforeAll(async () => {
  server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({
        method: request.method ?? '',
        path: request.url ?? '',
        host: request.headers.host ?? '',
        authorization: request.headers.authorization,
        body,
      });
      const to = /^\/to\/(\d+)\/(.*)$/.exec(request.url ?? '');
      if (to) response.writeHead(Number(to[1]), { location: decodeURIComponent(to[2] ?? '') }).end();
      else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else if (request.url === '/large') response.end('x'.repeat(5_000));
      else if (request.url === '/slow') setTimeout(() => response.end('late'), 2_000).unref();
      else response.writeHead(request.url === '/missing' ? 404 : 200).end('hello');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const names: Record<string, string[]> = {
  'hook.example.com': ['127.0.0.1'],
  'inside.example.com': ['10.0.0.5'],
  'mixed.example.com': ['93.184.216.34', '169.254.169.254'],
  'none.example.com': [],
};
const resolve = async (host: string) => names[host] ?? Promise.reject(new Error('ENOTFOUND'));
const guarded = createGuardedHttp({ resolve });
const open = createGuardedHttp({ resolve, allow: (address) => address === '127.0.0.1' });
const get = (client: typeof guarded, url: string, more: object = {}) =>
  client.request({ method: 'GET', url, ...more });

describe('the guard of addresses', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '240.0.0.1',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    '100::1',
    'not an address',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '2a00:1450:4001:81b::200e'])(
    'lets %s pass',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://0x7f000001:PORT/',
    'http://2130706433:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://hook.example.com:PORT/',
    'http://inside.example.com/',
    'http://mixed.example.com/',
  ])('does not connect to %s', async (url) => {
    seen.length = 0;
    await expect(get(guarded, url.replace('PORT', String(port)))).rejects.toMatchObject({
      code: 'net.addressRefused',
    });
    expect(seen).toEqual([]);
  });

  it.each(['ftp://example.com/', 'file:///etc/passwd', 'http://user:secret@hook.example.com/', 'nonsense'])(
    'refuses the address %s',
    async (url) => {
      await expect(get(open, url)).rejects.toMatchObject({ code: 'net.badUrl' });
    },
  );
});

describe('the guarded client', () => {
  it('goes to the address it has checked, under the name that was asked for', async () => {
    const reply = await get(open, `http://hook.example.com:${port}/a?b=1`);
    expect(reply).toMatchObject({ status: 200, body: Buffer.from('hello') });
    expect(seen.at(-1)).toMatchObject({ path: '/a?b=1', host: `hook.example.com:${port}` });
    expect((await get(open, `http://hook.example.com:${port}/missing`)).status).toBe(404);
  });

  it('checks where a redirect leads', async () => {
    const to = (url: string, status = 302) =>
      `http://hook.example.com:${port}/to/${status}/${encodeURIComponent(url)}`;
    expect((await get(open, to('/end'))).url).toBe(`http://hook.example.com:${port}/end`);
    await expect(get(open, to('http://169.254.169.254/latest/meta-data'))).rejects.toMatchObject({
      code: 'net.addressRefused',
    });
    await expect(get(open, to('http://inside.example.com/'))).rejects.toMatchObject({
      code: 'net.addressRefused',
    });
    await expect(get(open, to('file:///etc/passwd'))).rejects.toMatchObject({ code: 'net.badUrl' });
    await expect(get(open, `http://hook.example.com:${port}/loop`)).rejects.toMatchObject({
      code: 'net.redirects',
    });
  });

  it('keeps a POST at 307, makes it a GET at 303, and leaves authorisation behind at another origin', async () => {
    const send = (status: number, target: string) =>
      open.request({
        method: 'POST',
        url: `http://hook.example.com:${port}/to/${status}/${encodeURIComponent(target)}`,
        body: 'data',
        headers: { authorization: 'Bearer x' },
      });
    await send(307, '/kept');
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      path: '/kept',
      body: 'data',
      authorization: 'Bearer x',
    });
    await send(303, '/got');
    expect(seen.at(-1)).toMatchObject({ method: 'GET', path: '/got', body: '' });
    await send(307, `http://127.0.0.1:${port}/elsewhere`);
    expect(seen.at(-1)).toMatchObject({ path: '/elsewhere', authorization: undefined });
  });

  it('ends at its caps of size and time, and says what is wrong', async () => {
    await expect(
      get(open, `http://hook.example.com:${port}/large`, { maxBytes: 1_000 }),
    ).rejects.toMatchObject({ code: 'net.tooLarge' });
    await expect(get(open, `http://hook.example.com:${port}/slow`, { timeoutMs: 100 })).rejects.toMatchObject(
      { code: 'net.timeout' },
    );
    await expect(get(open, 'http://hook.example.com:1/')).rejects.toMatchObject({
      code: 'net.unreachable',
      message: 'hook.example.com:1 cannot be reached: the connection was refused.',
    });
    await expect(get(open, 'http://unknown.example.com/')).rejects.toMatchObject({ code: 'net.unreachable' });
    await expect(get(open, 'http://none.example.com/')).rejects.toMatchObject({ code: 'net.unreachable' });
  });
});
