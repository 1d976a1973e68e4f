import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { siteViewOf } from '../../test/site-view-of.js';
import { renderSite } from '../render/site.js';
import { convertHtaccess } from './convert.js';

const site = { documentRoot: '/home/demo/domains/example.com/public_html', domain: 'example.com' };
const convert = (text: string) => convertHtaccess(text, site);
const outcomes = (text: string) => convert(text).lines.map(({ outcome }) => outcome);

describe('the .htaccess converter', () => {
  it('knows WordPress as a front controller that needs no rule', () => {
    const { lines, change } = convert(`# BEGIN WordPress
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
</IfModule>
# END WordPress`);
    expect(change).toEqual({ rewrite: { preset: 'default', rules: [] } });
    expect(lines.filter(({ outcome }) => outcome === 'notConverted').map(({ line }) => line)).toEqual([4]);
  });

  it('takes the first slash into account, and Apache’s way with the query', () => {
    const { change } = convert(
      'RewriteBase /shop\nRewriteRule ^item/([0-9]+)/?$ item.php?id=$1 [L]\nRewriteRule ^list$ list.php?all=1 [QSA,L]',
    );
    expect(change.rewrite?.rules).toMatchObject([
      { pattern: '^/item/([0-9]+)/?$', to: '/shop/item.php?id=$1?', action: 'rewrite', last: true },
      { pattern: '^/list$', to: '/shop/list.php?all=1' },
    ]);
  });

  it('converts conditions, also those joined by OR', () => {
    const { change } = convert(`RewriteCond %{HTTP_HOST} ^old\\.example\\.com$ [NC,OR]
RewriteCond %{HTTP_HOST} ^older\\.example\\.com$ [NC]
RewriteCond %{HTTPS} off
RewriteRule ^(.*)$ https://example.com/$1 [R=301,L]`);
    expect(change.rewrite?.rules[0]).toMatchObject({
      action: 'permanent',
      conditions: [
        { test: 'host', ignoreCase: true, orNext: true },
        { test: 'host', orNext: false },
        { test: 'https', negate: true },
      ],
      pattern: '^/(.*)$',
      to: 'https://example.com/$1',
    });
  });

  it('replaces the whole path and host where a target asks for them', () => {
    const { change, lines } = convert(
      'RewriteCond %{HTTPS} !=on\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [L,R=301]',
    );
    expect(change.rewrite?.rules[0]).toMatchObject({
      pattern: '^/(.*)$',
      to: 'https://example.com/$1',
      conditions: [{ test: 'https', negate: true }],
    });
    expect(lines[1]?.outcome).toBe('partly');
  });

  it('converts redirects, error pages, indexes, headers and times', () => {
    const { change } = convert(`Redirect 301 /old /new
RedirectMatch permanent ^/p/(.*)$ https://other.example/$1
ErrorDocument 404 /404.html
DirectoryIndex home.html index.php
Options -Indexes +FollowSymLinks
Header always set X-Frame-Options "DENY"
Header set Strict-Transport-Security "max-age=31536000; includeSubDomains"
ExpiresByType image/png "access plus 1 month"
ExpiresByType image/jpeg "access plus 1 month"
ExpiresByType text/css A3600`);
    expect(change).toMatchObject({
      redirects: [
        { match: 'prefix', from: '/old', to: '/new', status: 301 },
        { match: 'regex', from: '^/p/(.*)$', status: 301 },
      ],
      errorPages: [{ status: 404, path: '/404.html' }],
      directives: {
        index: ['home.html', 'index.php'],
        directoryListing: false,
        headers: [{ name: 'X-Frame-Options', value: 'DENY' }],
        hsts: { maxAgeSeconds: 31536000, includeSubdomains: true },
        expires: [
          { extensions: ['png', 'jpg', 'jpeg'], value: '30d' },
          { extensions: ['css'], value: '1h' },
        ],
      },
    });
  });

  it('turns files that nobody may fetch into rules', () => {
    const { change } = convert(
      '<FilesMatch "\\.(bak|sql)$">\nOrder allow,deny\nDeny from all\n</FilesMatch>\n<Files config.ini>\nRequire all denied\n</Files>',
    );
    expect(change.rewrite?.rules).toMatchObject([
      { pattern: '\\.(bak|sql)$', action: 'forbidden' },
      { pattern: '/config\\.ini$', action: 'forbidden' },
    ]);
  });

  it('says what it could not convert, and why', () => {
    const { lines, change } = convert(`AuthType Basic
php_value memory_limit 512M
RewriteCond %{THE_REQUEST} GET
RewriteRule ^a$ b [L]
RewriteRule ^x$ http://y/ [P]
RewriteRule ^(([a-z])+)+$ /x [L]
<If "true">
Header set X-A b
</If>
Frobnicate on`);
    const answers = new Map(lines.map(({ line, outcome, message }) => [line, { outcome, message }]));
    for (const line of [1, 2, 3, 4, 5, 6, 7, 8, 10])
      expect(answers.get(line)?.outcome, `line ${line}`).toBe('notConverted');
    expect(answers.get(4)?.message).toContain('THE_REQUEST');
    expect(answers.get(2)?.message).toContain('PHP settings');
    expect(change).toEqual({});
  });

  it('leaves out what is for servers without a module', () => {
    expect(outcomes('<IfModule !mod_rewrite.c>\nErrorDocument 404 /index.php\n</IfModule>')).toEqual([
      'notNeeded',
      'notNeeded',
      'notNeeded',
    ]);
  });

  it('answers every line, and whatever it makes can be rendered', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'RewriteRule',
        'RewriteCond',
        'Redirect',
        'Header',
        'set',
        '^(.*)$',
        '/index.php',
        '[L]',
        '[R=301]',
        '%{HTTP_HOST}',
        '-',
        '$1',
        '"',
        '<Files',
        'x>',
        '</Files>',
        'Deny',
        'from',
        'all',
        '301',
        '/a',
        'https://e.example/',
        'ErrorDocument',
        '404',
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.array(word, { maxLength: 5 }).map((words) => words.join(' ')),
          { maxLength: 8 },
        ),
        (texts) => {
          const { change, lines } = convert(texts.join('\n'));
          for (const line of lines) expect(line.message).not.toBe('');
          renderSite(siteViewOf({ type: 'static', ...change }));
        },
      ),
      { numRuns: 1500 },
    );
  });
});
