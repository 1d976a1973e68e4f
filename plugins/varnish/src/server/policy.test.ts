import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemplates } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyHeader } from '../policy/policy-header.js';
import { urlPattern } from '../purge/url-pattern.js';
import { renderSite } from '../vcl/render-site.js';
import { parseCounters } from './counters.js';
import { renderServer, vclFolder } from './render-server.js';
import { parseVclList } from './varnish.js';

const kit = { render: createTemplates(join(import.meta.dirname, '../..')) };
const varnishd = '/usr/sbin/varnishd';
const policy = policyHeader({
  enabled: true,
  ttl: 120,
  grace: 0,
  bypassPaths: ['/private-area', '/api'],
  ignoreCookies: ['lang'],
  queryStrings: 'dropTracking',
});

interface Reply {
  status: number;
  cache: string | undefined;
  body: string;
  headers: IncomingHttpHeaders;
}

/** The same VCL that goes to a server, in a real Varnish before a small backend that tells what it was asked. */
describe.skipIf(!existsSync(varnishd) || process.getuid?.() !== 0)('the policy in a real Varnish', () => {
  let dir: string;
  let backend: Server;
  let varnish: ChildProcess;
  let asked = 0;
  let answer: Record<string, string | string[]> = {};
  let status = 200;
  const admin = (...argv: string[]) =>
    execFileSync('/usr/bin/varnishadm', ['-n', join(dir, 'work'), ...argv], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tp-varnish-'));
    mkdirSync(join(dir, 'sites'));
    backend = createServer((req, res) => {
      asked += 1;
      res.writeHead(status, answer);
      res.end(
        JSON.stringify({
          n: asked,
          url: req.url,
          cookie: req.headers.cookie ?? null,
          jar: req.headers['x-tenpanel-jar'] ?? null,
          from: req.headers['x-forwarded-for'] ?? null,
        }),
      );
    });
    await new Promise<void>((resolve) => backend.listen(join(dir, 'backend.sock'), resolve));
    const files = renderServer(kit, {
      backend: join(dir, 'backend.sock'),
      ttl: 120,
      grace: 0,
      maxObjectDigits: 8,
      storageMegabytes: 16,
      sites: [{ id: 9, generation: 1 }],
    });
    const own = {
      recv: 'if (req.url ~ "^/blocked") { return (synth(403, "No")); } unset req.http.Cookie;',
      backendResponse: 'set beresp.ttl = 1h; set beresp.uncacheable = false;',
      deliver: 'set resp.http.X-Own = "yes";',
    };
    for (const [name, text] of Object.entries({ ...files, 'sites/9.vcl': renderSite(kit, own) }))
      writeFileSync(join(dir, name), text.replaceAll(vclFolder, dir));
    varnish = spawn(
      varnishd,
      [
        '-F',
        '-j',
        'none',
        '-n',
        join(dir, 'work'),
        '-a',
        `${dir}/front.sock`,
        '-T',
        '127.0.0.1:0',
        '-f',
        '',
        '-I',
        join(dir, 'start.cli'),
        '-s',
        'malloc,16m',
      ],
      { stdio: 'ignore' },
    );
    for (let tries = 0; tries < 150; tries += 1) {
      if (
        await get('/').then(
          () => true,
          () => false,
        )
      )
        break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    admin('ban', 'req.url', '~', '.');
  }, 60_000);

  afterAll(async () => {
    varnish?.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 500));
    backend?.close();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  function get(
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
    host = 'shop.test',
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = {
        host,
        'x-tenpanel-site': '5',
        'x-tenpanel-cache': policy,
        'x-forwarded-proto': 'https',
        ...headers,
      };
      const req = request(
        { socketPath: join(dir, 'front.sock'), path, method, headers: sent, agent: false },
        (res) => {
          let body = '';
          res.setEncoding('utf8');
          res.on('data', (chunk: string) => (body += chunk));
          res.on('end', () =>
            resolve({
              status: res.statusCode ?? 0,
              cache: res.headers['x-cache'] as string | undefined,
              body,
              headers: res.headers,
            }),
          );
        },
      );
      req.on('error', reject);
      req.end();
    });
  }
  const says = (headers: Record<string, string | string[]>, code = 200) => {
    answer = headers;
    status = code;
  };
  const twice = async (path: string, headers?: Record<string, string>) => [
    (await get(path, headers)).cache,
    (await get(path, headers)).cache,
  ];

  it('answers the second request from memory and hides what is internal', async () => {
    says({ 'cache-tag': 'a, b' });
    expect((await get('/one')).cache).toBe('MISS');
    const hit = await get('/one');
    expect(hit.cache).toBe('HIT');
    expect(
      Object.keys(hit.headers).filter((name) => /tenpanel|varnish|^via$|cache-tag|xkey/.test(name)),
    ).toEqual([]);
    expect(hit.headers['age']).toBeDefined();
  });

  it('keeps sites, hosts and http from https apart', async () => {
    says({});
    await get('/two');
    expect((await get('/two', { 'x-tenpanel-site': '6' })).cache).toBe('MISS');
    expect((await get('/two', {}, 'GET', 'www.shop.test')).cache).toBe('MISS');
    expect((await get('/two', { 'x-forwarded-proto': 'http' })).cache).toBe('MISS');
    expect((await get('/two')).cache).toBe('HIT');
  });

  it.each<[string, Record<string, string | string[]>, number?]>([
    ['Set-Cookie', { 'set-cookie': ['a=b', 'c=d'] }],
    ['Cache-Control: private', { 'cache-control': 'private, max-age=600' }],
    ['Cache-Control: no-store', { 'cache-control': 'No-Store' }],
    ['Cache-Control: no-cache', { 'cache-control': 'no-cache, max-age=600' }],
    ['max-age=0', { 'cache-control': 'max-age=0' }],
    ['Pragma', { pragma: 'no-cache' }],
    ['Vary: Cookie', { vary: 'Accept-Encoding, Cookie' }],
    ['Vary: *', { vary: '*' }],
    ['an error', {}, 500],
    ['a temporary redirect', { location: '/' }, 302],
    ['a refusal', { 'www-authenticate': 'Basic' }, 401],
    ['a forbidden page', {}, 403],
  ])('never keeps an answer with %s', async (name, headers, code) => {
    says(headers, code);
    const path = `/answer/${encodeURIComponent(name).replaceAll('%', '')}`;
    expect(await twice(path)).toEqual(['PASS', 'PASS']);
    says({});
    expect((await get(path)).cache, 'it recovers once the answer is public').not.toBe('HIT');
  });

  it.each<[string, Record<string, string>]>([
    ['Authorization', { authorization: 'Basic YTpi' }],
    ['a PHP session', { cookie: 'PHPSESSID=1' }],
    ['a WordPress login', { cookie: '_ga=1; wordpress_logged_in_abc=bob' }],
    ['a cart', { cookie: 'woocommerce_items_in_cart=1' }],
    ['a comment author', { cookie: 'comment_author_x=bob' }],
    ['an unknown cookie', { cookie: 'foo=1' }],
    ['a policy that says off', { 'x-tenpanel-cache': 'off' }],
    ['no policy', { 'x-tenpanel-cache': '' }],
    ['no site', { 'x-tenpanel-site': '' }],
  ])('never answers a request with %s from memory', async (_name, headers) => {
    says({});
    await get('/public');
    expect((await get('/public')).cache).toBe('HIT');
    expect(await twice('/public', headers)).toEqual(['PASS', 'PASS']);
    expect((await get('/public')).cache).toBe('HIT');
  });

  it('hands all cookies on when it passes, and none when it keeps', async () => {
    says({});
    const passed = JSON.parse((await get('/jar', { cookie: '_ga=1; PHPSESSID=2; lang=de' })).body) as {
      cookie: string;
      jar: string | null;
    };
    expect(passed).toMatchObject({ cookie: '_ga=1; PHPSESSID=2; lang=de', jar: null });
    const kept = await get('/jar', { cookie: '_ga=1; _gid=2; lang=de' });
    expect(kept.cache).toBe('MISS');
    expect(JSON.parse(kept.body)).toMatchObject({ cookie: null, jar: null });
    expect((await get('/jar')).cache).toBe('HIT');
  });

  it('tells the backend the visitor’s address and nothing of its own', async () => {
    says({});
    const { body } = await get('/address', { 'x-real-ip': '192.0.2.7', 'x-forwarded-for': '192.0.2.7' });
    expect(JSON.parse(body)).toMatchObject({ from: '192.0.2.7' });
  });

  it('passes everything but GET and HEAD', async () => {
    says({});
    await get('/form');
    expect((await get('/form', {}, 'POST')).cache).toBe('PASS');
    expect((await get('/form', {}, 'DELETE')).cache).toBe('PASS');
    expect((await get('/form', {}, 'HEAD')).cache).toBe('HIT');
  });

  it.each([
    '/private-area',
    '/private-area/x',
    '/api?x=1',
    '/api/v1',
    '/wp-admin/',
    '/de/wp-login.php?x=1',
    '/shop/checkout',
  ])('leaves %s alone', async (path) => {
    says({});
    expect(await twice(path)).toEqual(['PASS', 'PASS']);
  });

  it.each(['/%61pi/v1', '/x/../api', '//api', '/./api', '/api%2Fv1'])('is not fooled by %s', async (path) => {
    says({});
    expect(await twice(path)).toEqual(['PASS', 'PASS']);
  });

  it('keeps a longer name that only starts like a path to leave alone', async () => {
    says({});
    expect(await twice('/apiary')).toEqual(['MISS', 'HIT']);
  });

  it('takes tracking out of the address, and everything where the policy says so', async () => {
    says({});
    expect((await get('/q?a=1&utm_source=x&gclid=2&b=3')).cache).toBe('MISS');
    const hit = await get('/q?a=1&b=3');
    expect(hit.cache).toBe('HIT');
    expect(JSON.parse(hit.body)).toMatchObject({ url: '/q?a=1&b=3' });
    const ignore = { 'x-tenpanel-cache': 'on;ttl=60;grace=0;query=ignore' };
    await get('/all?x=1', ignore);
    expect((await get('/all?y=2', ignore)).cache).toBe('HIT');
    const keep = { 'x-tenpanel-cache': 'on;ttl=60;grace=0;query=keep' };
    await get('/keep?utm_source=1', keep);
    expect((await get('/keep', keep)).cache).toBe('MISS');
  });

  it('lets a page live as long as the policy or the page says', async () => {
    says({});
    const short = { 'x-tenpanel-cache': 'on;ttl=1;grace=0;query=drop' };
    await get('/short', short);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await get('/short', short)).cache).toBe('MISS');
    says({ 'cache-control': 'public, max-age=1' });
    await get('/own-age');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await get('/own-age')).cache).toBe('MISS');
  });

  it('forgets a page, a tag and a site, and only that', async () => {
    says({ 'surrogate-key': 'post-1 home' });
    await get('/p?x=1');
    says({ 'cache-tag': 'post-12' });
    await get('/q');
    says({});
    await get('/p', { 'x-tenpanel-site': '6' });
    const ban = (...more: string[]) => admin('ban', 'obj.http.X-Tenpanel-Site', '==', '5', ...more);
    ban('&&', 'obj.http.X-Tenpanel-Tags', '~', ',post-1,');
    expect((await get('/q')).cache).toBe('HIT');
    expect((await get('/p?x=1')).cache).toBe('MISS');
    ban('&&', 'obj.http.X-Tenpanel-Url', '~', urlPattern('/p'));
    expect((await get('/q')).cache).toBe('HIT');
    expect((await get('/p?x=1')).cache).toBe('MISS');
    ban();
    expect((await get('/q')).cache).toBe('MISS');
    expect((await get('/p', { 'x-tenpanel-site': '6' })).cache).toBe('HIT');
  });

  it('runs a site’s own VCL, which cannot make a private answer public', async () => {
    const own = { 'x-tenpanel-site': '9' };
    says({});
    const first = await get('/own', own);
    expect(first.headers['x-own']).toBe('yes');
    expect((await get('/own', own)).cache).toBe('HIT');
    expect((await get('/blocked', own)).status).toBe(403);
    expect((await get('/own')).headers['x-own'], 'others are not touched').toBeUndefined();
    says({ 'set-cookie': 'a=b' });
    expect(await twice('/own-private', own)).toEqual(['PASS', 'PASS']);
    says({ 'cache-control': 'private' });
    expect(await twice('/own-private-2', own)).toEqual(['PASS', 'PASS']);
  });

  it('lists what is loaded and counts what it does', () => {
    const loaded = parseVclList(admin('vcl.list'));
    expect(loaded.find((each) => each.active)?.name).toBe('tp_boot');
    expect(loaded.find((each) => each.name === 'tp_site_9')?.target).toBe('tp_site_9_1');
    const counters = parseCounters(
      execFileSync('/usr/bin/varnishstat', ['-n', join(dir, 'work'), '-1', '-j'], { encoding: 'utf8' }),
    );
    expect(counters.hits).toBeGreaterThan(10);
    expect(counters.objects).toBeGreaterThan(1);
    expect(counters.memoryUsedBytes).toBeGreaterThan(0);
  });

  it('says sorry without telling how it is built when the backend is gone', async () => {
    says({});
    await new Promise<void>((resolve) => {
      backend.close(() => resolve());
      backend.closeAllConnections();
    });
    const reply = await get('/gone');
    expect(reply.status).toBe(503);
    expect(reply.body).not.toMatch(/varnish|guru|XID/i);
  });
});
