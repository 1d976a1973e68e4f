import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nginxProgram, RealNginx } from '../../test/real-nginx.js';
import { siteViewOf } from '../../test/site-view-of.js';
import { htpasswdFiles } from './passwords.js';
import { renderSite } from './site.js';
import type { SiteView } from './site-view.js';

let nginx: RealNginx;
let next = 1;

async function add(values: Record<string, unknown>, more: Partial<SiteView> = {}): Promise<void> {
  const view = siteViewOf(values, { id: next++, ...more });
  await nginx.write(`conf.d/tp-${view.spec.domain}.conf`, renderSite(view));
  for (const file of htpasswdFiles(view)) await nginx.write(`tenpanel/htpasswd/${file.path}`, file.content);
}

const root = (domain: string, file: string): string => `demo/domains/${domain}/public_html/${file}`;

describe.skipIf(!nginxProgram)('the rendered configuration in the real nginx', () => {
  beforeAll(async () => {
    nginx = await RealNginx.create();
    await add({ domain: 'static.example', aliases: ['*.static.example'] });
    await nginx.home(root('static.example', 'index.html'), 'hello static');
    await nginx.home(root('static.example', '.env'), 'SECRET');
    await nginx.home(root('static.example', '.well-known/security.txt'), 'contact');
    await nginx.home(root('static.example', 'code.php'), '<?php secret();');
    await nginx.home(root('static.example', 'code.PHTML'), '<?php secret();');
    await nginx.home(root('static.example', 'sub/index.html'), 'sub');
    await nginx.home('other/private.txt', 'of another account');
    await symlink(
      join(nginx.root, 'home/other/private.txt'),
      join(nginx.root, 'home', root('static.example', 'own-link.txt')),
    );
    await symlink('/etc/hostname', join(nginx.root, 'home', root('static.example', 'system-link.txt')));
    await nginx.home('acme-target', '');
    await nginx.write('../acme/.well-known/acme-challenge/token-1', 'token-1.thumb');

    await add({ domain: 'waiting.example', type: 'php' });
    await nginx.home(root('waiting.example', 'index.html'), 'still static');
    await nginx.home(root('waiting.example', 'page.php'), '<?php secret();');

    await add({ domain: 'spa.example', rewrite: { preset: 'static-spa' } });
    await nginx.home(root('spa.example', 'index.html'), 'single page');
    await add({ domain: 'spa-empty.example', rewrite: { preset: 'static-spa' } });

    await add({
      domain: 'rules.example',
      www: 'toWww',
      redirects: [
        { match: 'exact', from: '/old', to: '/new', status: 301 },
        { match: 'prefix', from: '/blog/', to: 'https://blog.example/archive', status: 308 },
        { match: 'regex', from: '^/p/(\\d+)/(.*)$', to: '/article/$1?title=$2', status: 302 },
      ],
    });
    await add({ domain: 'closed.example' }, { suspended: true });
    await nginx.home(root('closed.example', 'index.html'), 'must not be seen');
    await add({ domain: 'off.example', enabled: false });
    await add({ domain: 'works.example', directives: { maintenance: { allow: [] } } });
    await nginx.home(root('works.example', 'index.html'), 'under construction');
    await add({ domain: 'friends.example', directives: { maintenance: { allow: ['127.0.0.1'] } } });
    await nginx.home(root('friends.example', 'index.html'), 'for friends');
    await add({
      domain: 'all.example',
      type: 'redirect',
      redirectTo: { url: 'https://target.example/', status: 302, keepPath: true },
    });

    // sha512-crypt of "open sesame".
    const hash =
      '$6$tenpanel$O6d3mCHFkmyco3FW133SjVQ6GDF2U9hXJjkq1JpPjN522UF.W3xVfGVzRLDRafZdpHw4NhxT8tgwv5Kgc7HdN/';
    await add({
      domain: 'locked.example',
      type: 'static',
      rewrite: { preset: 'static-spa' },
      passwords: [{ path: '/admin/', realm: 'Staff', users: [{ name: 'anna', hash }] }],
    });
    await nginx.home(root('locked.example', 'admin/index.html'), 'inside');
    await nginx.home(root('locked.example', 'index.html'), 'outside');
    await nginx.home(root('locked.example', 'administrator.html'), 'not the same');
    await add({ domain: 'whole.example', passwords: [{ path: '/', users: [{ name: 'anna', hash }] }] });

    await add({
      domain: 'own.example',
      errorPages: [{ status: 404, path: '/errors/none.html' }],
      directives: {
        index: ['start.html'],
        directoryListing: true,
        expires: [{ extensions: ['css'], value: '30d' }],
        securityHeaders: true,
        headers: [
          { name: 'X-Frame-Options', value: 'DENY' },
          { name: 'X-Quote', value: 'a "b" \\ {c}; d' },
        ],
        cors: { origins: ['https://app.example'], credentials: true },
        hsts: { maxAgeSeconds: 60 },
        hotlink: { extensions: ['png'], allow: ['friend.example'] },
        maxBodyMegabytes: 1,
        gzip: false,
      },
      rewrite: {
        preset: 'none',
        rules: [
          { pattern: '^/gone$', action: 'gone' },
          {
            pattern: '^/product/([a-z]+)$',
            action: 'rewrite',
            to: '/product.html?name=$1',
            conditions: [
              { test: 'file', negate: true },
              { test: 'directory', negate: true },
            ],
          },
          { pattern: '^/moved/(.*)$', action: 'permanent', to: '/here/$1' },
          {
            pattern: '^/',
            action: 'forbidden',
            conditions: [{ test: 'userAgent', pattern: 'BadBot', ignoreCase: true }],
          },
        ],
      },
    });
    await nginx.home(root('own.example', 'start.html'), 'the start');
    await nginx.home(root('own.example', 'product.html'), 'a product');
    await nginx.home(root('own.example', 'errors/none.html'), 'nothing here');
    await nginx.home(root('own.example', 'style.css'), 'a{}');
    await nginx.home(root('own.example', 'a.png'), 'png');
    await nginx.home(root('own.example', 'files/one.txt'), '1');
    for (const preset of ['wordpress', 'drupal', 'joomla', 'laravel', 'symfony']) {
      await add(
        { domain: `${preset}.example`, type: 'php', rewrite: { preset } },
        { contribution: { phpSocket: `${nginx.root}/run/none.sock`, cachePolicy: 'on;ttl=120' } },
      );
    }
    await nginx.home(root('wordpress.example', 'wp-content/uploads/shell.php'), '<?php');
    await nginx.home(root('wordpress.example', 'index.php'), '<?php');
    await add(
      {
        domain: 'proxy.example',
        type: 'proxy',
        proxy: { url: `http://app.example:${nginx.port}/`, allowPrivate: true },
      },
      { addresses: ['127.0.0.1'] },
    );
    await add({ domain: 'app.example' });
    await nginx.home(root('app.example', 'index.html'), 'the application');

    expect(await nginx.problems()).toBe('');
    await nginx.start();
  }, 30_000);
  afterAll(() => nginx?.stop());

  it('serves files through the front and the shared backend', async () => {
    const answer = await nginx.get('static.example', '/');
    expect(answer).toMatchObject({ status: 200, body: 'hello static' });
    expect(answer.headers.server).toBe('nginx');
    expect(await nginx.get('any.static.example', '/sub/')).toMatchObject({ status: 200, body: 'sub' });
    expect((await nginx.get('static.example', '/sub')).headers.location).toBe('/sub/');
    expect((await nginx.get('static.example', '/none')).status).toBe(404);
  });

  it('tells an unknown host nothing', async () => {
    const answer = await nginx.get('elsewhere.example', '/');
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('There is no site here');
  });

  it('hides dot files but .well-known, and never shows source', async () => {
    expect((await nginx.get('static.example', '/.env')).status).toBe(404);
    expect((await nginx.get('static.example', '/%2eenv')).status).toBe(404);
    expect((await nginx.get('static.example', '/.well-known/security.txt')).body).toBe('contact');
    for (const path of ['/code.php', '/code.PHTML', '/code.php/x', '/code.php%20']) {
      const answer = await nginx.get('static.example', path);
      expect(answer.body).not.toContain('secret');
      expect(answer.status).toBe(404);
    }
  });

  it.runIf(process.getuid?.() === 0)('follows no link to what another user owns', async () => {
    const { execFileSync } = await import('node:child_process');
    execFileSync('/bin/chown', ['-hR', 'nobody', join(nginx.root, 'home/demo')]);
    expect((await nginx.get('static.example', '/own-link.txt')).status).toBe(404);
    expect((await nginx.get('static.example', '/system-link.txt')).status).toBe(404);
    expect((await nginx.get('static.example', '/')).status).toBe(200);
  });

  it('cannot be led by headers of a visitor', async () => {
    const forged = {
      'X-Tenpanel-Root': '/etc',
      'X-Tenpanel-Home': '/',
      'X-Tenpanel-Php': '/run/x',
      'X-Real-IP': '9.9.9.9',
    };
    expect((await nginx.get('static.example', '/passwd', forged)).status).toBe(404);
    expect((await nginx.get('static.example', '/', forged)).body).toBe('hello static');
    expect((await nginx.get('elsewhere.example', '/etc/passwd', forged)).status).toBe(404);
    expect((await nginx.get('closed.example', '/passwd', forged)).status).toBe(503);
    expect((await nginx.get('all.example', '/passwd', forged)).status).toBe(302);
  });

  it('answers ACME challenges before everything else', async () => {
    for (const host of [
      'static.example',
      'elsewhere.example',
      'closed.example',
      'works.example',
      'rules.example',
      'whole.example',
      'all.example',
      'proxy.example',
    ]) {
      expect(await nginx.get(host, '/.well-known/acme-challenge/token-1')).toMatchObject({
        status: 200,
        body: 'token-1.thumb',
      });
    }
  });

  it('serves the files of a site whose PHP is not there yet, but not its scripts', async () => {
    expect((await nginx.get('waiting.example', '/')).body).toBe('still static');
    expect(await nginx.get('waiting.example', '/page.php')).toMatchObject({
      status: 503,
      body: 'PHP is not available for this site yet.\n',
    });
  });

  it('gives a single page for every path, and 404 where even that is missing', async () => {
    expect((await nginx.get('spa.example', '/some/route')).body).toBe('single page');
    expect((await nginx.get('spa-empty.example', '/some/route')).status).toBe(404);
  });

  it('redirects exactly, by prefix, by pattern and to the www name', async () => {
    expect((await nginx.get('www.rules.example', '/old?a=1')).headers.location).toBe('/new?a=1');
    expect(await nginx.get('www.rules.example', '/blog/2024/x?y=1')).toMatchObject({
      status: 308,
      headers: { location: 'https://blog.example/archive/2024/x?y=1' },
    });
    expect((await nginx.get('www.rules.example', '/blogger')).status).toBe(404);
    expect((await nginx.get('www.rules.example', '/p/12/hello')).headers.location).toBe(
      '/article/12?title=hello',
    );
    expect((await nginx.get('rules.example', '/x?y')).headers.location).toBe('http://www.rules.example/x?y');
    expect(await nginx.get('all.example', '/deep?x=1')).toMatchObject({
      status: 302,
      headers: { location: 'https://target.example/deep?x=1' },
    });
  });

  it('lets no line break into a Location header', async () => {
    const answer = await nginx.get('www.rules.example', '/blog/x%0d%0aSet-Cookie:%20a=b');
    expect(answer.status).toBe(400);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('closes suspended, disabled and maintained sites with a page', async () => {
    expect(await nginx.get('closed.example', '/index.html')).toMatchObject({
      status: 503,
      body: expect.stringContaining('suspended') as string,
    });
    expect((await nginx.get('off.example', '/')).body).toContain('switched off');
    expect(await nginx.get('works.example', '/')).toMatchObject({
      status: 503,
      headers: { 'retry-after': '3600' },
      body: expect.stringContaining('Back soon') as string,
    });
    expect((await nginx.get('friends.example', '/')).body).toBe('for friends');
  });

  it('asks for a password in front of a folder and of the ways round it', async () => {
    const login = { authorization: `Basic ${Buffer.from('anna:open sesame').toString('base64')}` };
    for (const path of [
      '/admin',
      '/admin/',
      '/admin/x',
      '/%61dmin/',
      '//admin/',
      '/x/../admin/',
      '/index.html/admin/',
    ]) {
      expect((await nginx.get('locked.example', path)).status).toBe(401);
    }
    expect((await nginx.get('locked.example', '/')).body).toBe('outside');
    expect((await nginx.get('locked.example', '/administrator.html')).body).toBe('not the same');
    expect(await nginx.get('locked.example', '/admin/', login)).toMatchObject({
      status: 200,
      body: 'inside',
    });
    expect(
      (
        await nginx.get('locked.example', '/admin/', {
          authorization: `Basic ${Buffer.from('anna:wrong').toString('base64')}`,
        })
      ).status,
    ).toBe(401);
    expect((await nginx.get('whole.example', '/')).status).toBe(401);
  });

  it('obeys a site’s own rules in its own backend', async () => {
    expect((await nginx.get('own.example', '/')).body).toBe('the start');
    expect((await nginx.get('own.example', '/none')).body).toBe('nothing here');
    expect((await nginx.get('own.example', '/style.css')).headers['cache-control']).toBe('max-age=2592000');
    expect((await nginx.get('own.example', '/')).headers['cache-control']).toBeUndefined();
    expect((await nginx.get('own.example', '/files/')).body).toContain('one.txt');
    expect((await nginx.get('own.example', '/gone')).status).toBe(410);
    expect((await nginx.get('own.example', '/product/chair')).body).toBe('a product');
    expect(await nginx.get('own.example', '/moved/x')).toMatchObject({
      status: 301,
      headers: { location: '/here/x' },
    });
    expect((await nginx.get('own.example', '/', { 'user-agent': 'a badbot/1' })).status).toBe(403);
  });

  it('adds headers, also those full of signs that nginx reads', async () => {
    const { headers } = await nginx.get('own.example', '/');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-quote']).toBe('a "b" \\ {c}; d');
    expect(headers['strict-transport-security']).toBeUndefined();
  });

  it('answers other origins by the list', async () => {
    const allowed = await nginx.get('own.example', '/', { origin: 'https://app.example' });
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    expect(
      (await nginx.get('own.example', '/', { origin: 'https://app.example.evil' })).headers[
        'access-control-allow-origin'
      ],
    ).toBeUndefined();
    const preflight = await nginx.get(
      'own.example',
      '/',
      { origin: 'https://app.example', 'access-control-request-method': 'POST' },
      'OPTIONS',
    );
    expect(preflight).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-methods': 'GET, HEAD, POST' },
    });
  });

  it('gives media only to pages of the site and of its friends', async () => {
    for (const [referer, status] of [
      ['http://own.example/', 200],
      ['https://friend.example/x', 200],
      ['', 200],
      ['https://thief.example/', 403],
    ] as const) {
      expect((await nginx.get('own.example', '/a.png', referer ? { referer } : {})).status).toBe(status);
    }
    expect((await nginx.get('own.example', '/', { referer: 'https://thief.example/' })).status).toBe(200);
  });

  it('runs no script from an upload folder of WordPress', async () => {
    expect((await nginx.get('wordpress.example', '/wp-content/uploads/shell.php')).status).toBe(404);
    expect((await nginx.get('wordpress.example', '/index.php')).status).toBe(502);
  });

  it('passes a proxy site’s requests to the checked address under the target’s name', async () => {
    expect(await nginx.get('proxy.example', '/')).toMatchObject({ status: 200, body: 'the application' });
  });

  it('writes one log for all sites, each line under its site', async () => {
    await nginx.get('static.example', '/logged?"quoted"\\');
    await expect
      .poll(async () => (await nginx.log('access.log')).includes('/logged'), { timeout: 5000 })
      .toBe(true);
    const line = (await nginx.log('access.log')).split('\n').find((text) => text.includes('/logged')) ?? '';
    expect(line.startsWith('{"site":"1",')).toBe(true);
    expect(JSON.parse(line)).toMatchObject({
      site: '1',
      host: 'static.example',
      method: 'GET',
      status: '404',
      uri: '/logged?"quoted"\\',
    });
    expect(await nginx.log('error.log').catch(() => '')).not.toContain('uninitialized');
  });
});
