import { EmitError } from '@tenpanel/sdk';
import { describe, expect, it } from 'vitest';
import { checkVcl } from './check-vcl.js';
import type { SiteVclPart } from './site-vcl.js';

describe('a site’s own VCL', () => {
  it('is written anew from its parts', () => {
    const text =
      'if (req.url ~ "^/shop(/|$)" && !req.http.X-A) { return(pass); } elsif (req.http.Accept-Language ~ "(?i)^de") { set req.http.X-Lang = "de" + req.url; } else { unset req.http.X-Lang; }';
    expect(String(checkVcl('recv', text))).toBe(
      [
        '\tif (req.url ~ "^/shop(/|$)" && ! req.http.X-A) {',
        '\t\treturn (pass);',
        '\t}',
        '\telsif (req.http.Accept-Language ~ "(?i)^de") {',
        '\t\tset req.http.X-Lang = "de" + req.url;',
        '\t}',
        '\telse {',
        '\t\tunset req.http.X-Lang;',
        '\t}',
      ].join('\n'),
    );
  });

  it('may set how long an answer lives and headers that people see', () => {
    expect(
      String(checkVcl('backendResponse', 'if (bereq.url ~ "[.]css$") { set beresp.ttl = 1h; }')),
    ).toContain('set beresp.ttl = 1h;');
    expect(String(checkVcl('deliver', 'set resp.http.X-Hits = obj.hits;'))).toContain('obj.hits');
    expect(String(checkVcl('recv', 'return (synth(403, "Not from here"));'))).toContain(
      'synth(403, "Not from here")',
    );
    expect(String(checkVcl('recv', ''))).toBe('');
  });

  const refused: [SiteVclPart, string][] = [
    ['recv', 'import std;'],
    ['recv', 'include "/etc/passwd";'],
    ['recv', 'C{ system("id"); }C'],
    ['recv', '} sub vcl_recv { return (pass);'],
    ['recv', 'return (vcl(tp_site_2));'],
    ['recv', 'return (hash);'],
    ['recv', 'return (pipe);'],
    ['recv', 'return (synth(200, "ok"));'],
    ['recv', 'return (synth(403, "<script>"));'],
    ['recv', 'set req.http.X-Tenpanel-Site = "2";'],
    ['recv', 'set req.http.x-tenpanel-cache = "on;ttl=99999";'],
    ['recv', 'set req.http.Host = "other.test";'],
    ['recv', 'set req.http.X-Forwarded-Proto = "https";'],
    ['recv', 'unset req.http.Authorization;'],
    ['recv', 'set req.backend_hint = other;'],
    ['recv', 'set req.hash_ignore_vary = true;'],
    ['recv', 'ban("req.url ~ .");'],
    ['recv', 'set req.http.A = std.fileread("/etc/shadow");'],
    ['recv', 'set req.http.A = req.http.X-Tenpanel-Site;'],
    ['backendResponse', 'unset beresp.http.Set-Cookie;'],
    ['backendResponse', 'set bereq.http.X-Tenpanel-Private = "";'],
    ['backendResponse', 'return (deliver);'],
    ['deliver', 'set resp.http.Set-Cookie = "a=b";'],
    ['deliver', 'return (restart);'],
    ['recv', 'if (req.url ~ "a") { set req.url = "/b";'],
    ['recv', 'set req.url = ;'],
    ['recv', 'set req.url = "a") ;'],
  ];

  it.each(refused)('in %s never holds %s', (part, text) => {
    expect(() => checkVcl(part, text)).toThrow(EmitError);
  });

  it('says in which line it went wrong', () => {
    expect(() => checkVcl('recv', 'set req.url = "/";\nimport std;')).toThrow(/line 2/);
  });
});
