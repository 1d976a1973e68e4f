import fc from 'fast-check';
import { parseNginx } from '@tenpanel/sdk';
import { expectGolden } from '@tenpanel/testing';
import { describe, expect, it } from 'vitest';
import { plainServer } from '../../test/real-nginx.js';
import { siteViewOf } from '../../test/site-view-of.js';
import { headerValue } from '../spec/header.js';
import { linkTarget, urlPath } from '../spec/url-path.js';
import { renderShared } from './shared.js';
import { siteFileName } from './site-files.js';
import { renderSite } from './site.js';
import { readSnippets } from './snippets.js';

describe('rendered files', () => {
  it('have not changed unseen', () => {
    expectGolden(
      'shared.conf',
      renderShared({
        ipv6: true,
        caBundle: null,
        cacheSocket: '/run/tenpanel-web/varnish.sock',
        maxBodyMegabytes: 128,
      }),
    );
    expectGolden('shared-without-cache.conf', renderShared(plainServer));
    expectGolden(
      'php.conf',
      renderSite(
        siteViewOf(
          { type: 'php' },
          {
            ipv6: true,
            contribution: { phpSocket: '/run/tenpanel-php/8.4/demo.sock', cachePolicy: 'on;ttl=120' },
          },
        ),
      ),
    );
    expectGolden(
      'tls.conf',
      renderSite(
        siteViewOf(
          { type: 'php', www: 'toBare' },
          {
            ipv6: true,
            contribution: {
              certificate: {
                fullchain: '/etc/tenpanel/certs/1/fullchain.pem',
                key: '/etc/tenpanel/certs/1/key.pem',
                redirectToHttps: true,
                hsts: 'max-age=600',
              },
            },
          },
        ),
      ),
    );
    expectGolden('suspended.conf', renderSite(siteViewOf({}, { suspended: true })));
    expectGolden(
      'proxy.conf',
      renderSite(
        siteViewOf(
          { type: 'proxy', proxy: { url: 'https://app.example.net/base/' } },
          { addresses: ['198.18.0.1', '2001:db8::1'], caBundle: '/etc/ssl/certs/ca-certificates.crt' },
        ),
      ),
    );
    expectGolden(
      'rules.conf',
      renderSite(
        siteViewOf({
          redirects: [{ match: 'prefix', from: '/a b', to: '/c' }],
          passwords: [{ path: '/admin', users: [] }],
          errorPages: [{ status: 404, path: '/404.html' }],
          rewrite: {
            preset: 'none',
            rules: [
              {
                pattern: '^/x$',
                action: 'gone',
                conditions: [
                  { test: 'host', pattern: 'a', orNext: true },
                  { test: 'https', negate: true },
                ],
              },
            ],
          },
        }),
      ),
    );
  });

  it('hold nothing that nginx cannot read', () => {
    for (const { path, content } of readSnippets())
      if (path.endsWith('.conf')) expect(parseNginx(content).length, path).toBeGreaterThan(0);
  });

  it('keep their structure, whatever a customer writes into the fields', () => {
    const passing = (schema: { safeParse(value: unknown): { success: boolean } }) =>
      fc
        .oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.stringMatching(/^\/[a-z{};"'\\ $#%]{0,30}$/),
          fc.stringMatching(/^https:\/\/a\.example\/[!-~]{0,30}$/),
          fc.stringMatching(/^[ -~]{1,40}$/),
        )
        .filter((text) => schema.safeParse(text).success);
    const shape = (text: string): string =>
      JSON.stringify(parseNginx(text), (key, value: unknown) =>
        key === 'words' ? (value as string[])[0] : value,
      );
    const render = (from: string, to: string, value: string): string =>
      renderSite(
        siteViewOf({
          redirects: [{ match: 'exact', from, to: to.replace(/[?#].*/, '') || '/' }],
          passwords: [{ path: from, users: [] }],
          directives: { headers: [{ name: 'X-Any', value }] },
        }),
      );
    const expected = shape(render('/plain', '/other', 'value'));
    fc.assert(
      fc.property(passing(urlPath), passing(linkTarget), passing(headerValue), (from, to, value) => {
        fc.pre(from.replace(/\/+$/, '') !== '');
        expect(shape(render(from, to, value))).toBe(expected);
      }),
      { numRuns: 120 },
    );
  });

  it('have names that fit into a folder', () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`;
    expect(siteFileName(7, long).length).toBeLessThan(230);
    expect(siteFileName(7, 'example.com')).toBe('tp-example.com.conf');
  });
});
