import { createServer, request, type Server } from 'node:http';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nginxProgram, plainServer, RealNginx } from '../../test/real-nginx.js';
import { siteViewOf } from '../../test/site-view-of.js';
import { renderSite } from './site.js';

let nginx: RealNginx;
let cache: Server;
const seen: Record<string, string | string[] | undefined>[] = [];

/** Stands where Varnish stands: asks the backend, and says that it did. */
function startCache(): Promise<void> {
  cache = createServer((req, res) => {
    seen.push(req.headers);
    const onward = request(
      {
        socketPath: join(nginx.root, 'run/backend.sock'),
        path: req.url,
        method: req.method,
        headers: req.headers,
      },
      (answer) => {
        res.writeHead(answer.statusCode ?? 500, {
          ...answer.headers,
          'x-cache': 'MISS',
          'x-accel-redirect': '/secret',
        });
        answer.pipe(res);
      },
    );
    req.pipe(onward);
  });
  const path = join(nginx.root, 'run/varnish.sock');
  return new Promise((resolve) => cache.listen(path, () => void chmod(path, 0o777).then(() => resolve())));
}

describe.skipIf(!nginxProgram)('a cache between front and backend', () => {
  beforeAll(async () => {
    nginx = await RealNginx.create({ ...plainServer, cacheSocket: '/run/tenpanel-web/varnish.sock' });
    const view = siteViewOf(
      { domain: 'cached.example' },
      { id: 42, contribution: { cachePolicy: 'on;ttl=120' } },
    );
    await nginx.write('conf.d/tp-cached.example.conf', renderSite(view));
    await nginx.home('demo/domains/cached.example/public_html/index.html', 'page');
    expect(await nginx.problems()).toBe('');
    await nginx.start();
  });
  afterAll(async () => {
    cache?.close();
    await nginx?.stop();
  });

  it('is passed by while it is not there', async () => {
    expect(await nginx.get('cached.example', '/')).toMatchObject({ status: 200, body: 'page' });
  });

  it('gets the site’s policy and the visitor’s address, whatever the visitor claims', async () => {
    await startCache();
    const ask = () =>
      nginx.get('cached.example', '/', {
        'X-Tenpanel-Cache': 'off',
        'X-Forwarded-For': '9.9.9.9',
        'X-Tenpanel-Site': '1',
      });
    await expect
      .poll(ask, { timeout: 5000 })
      .toMatchObject({ status: 200, body: 'page', headers: { 'x-cache': 'MISS' } });
    expect(seen.at(-1)).toMatchObject({
      'x-tenpanel-cache': 'on;ttl=120',
      'x-tenpanel-site': '42',
      'x-forwarded-for': '127.0.0.1',
      'x-real-ip': '127.0.0.1',
      host: 'cached.example',
    });
    expect(seen.at(-1)?.['x-tenpanel-php']).toBeUndefined();
  });

  it('is not asked for a connection that is to become a WebSocket', async () => {
    const before = seen.length;
    await nginx.get('cached.example', '/', { connection: 'upgrade', upgrade: 'websocket' });
    expect(seen.length).toBe(before);
  });

  it('takes no site down when it dies, with no failed request', async () => {
    cache.closeAllConnections();
    await new Promise((resolve) => cache.close(resolve));
    await rm(join(nginx.root, 'run/varnish.sock'), { force: true });
    const answers = await Promise.all(Array.from({ length: 20 }, () => nginx.get('cached.example', '/')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
