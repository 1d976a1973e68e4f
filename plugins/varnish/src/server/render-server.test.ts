import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemplates } from '@tenpanel/testing';
import { describe, expect, it } from 'vitest';
import { renderSite } from '../vcl/render-site.js';
import { renderServer, vclFolder } from './render-server.js';

const kit = { render: createTemplates(join(import.meta.dirname, '../..')) };
const view = {
  backend: '/run/tenpanel-web/backend.sock',
  ttl: 120,
  grace: 600,
  maxObjectDigits: 8,
  storageMegabytes: 256,
  sites: [{ id: 7, generation: 3 }],
};
const own = {
  recv: 'if (req.url ~ "^/x") { return (pass); }',
  backendResponse: 'set beresp.ttl = 5m;',
  deliver: 'set resp.http.X-Own = "yes";',
};

describe('the files of the Varnish server', () => {
  it('are as agreed', async () => {
    const files = renderServer(kit, view);
    for (const [name, text] of Object.entries(files))
      await expect(text).toMatchFileSnapshot(`__golden__/${name}`);
    await expect(renderSite(kit, own)).toMatchFileSnapshot('__golden__/site.vcl');
  });

  it('name no site but those with words of their own', () => {
    expect(renderServer(kit, { ...view, sites: [] })['main.vcl']).not.toMatch(/vcl\(/);
    expect(renderServer(kit, view)['main.vcl']).toContain('return (vcl(tp_site_7));');
    expect(renderServer(kit, view)['start.cli']).toContain('-vcl.label tp_site_7 tp_site_7_3');
  });

  it('are refused for a socket path that would end the string', () => {
    expect(() => renderServer(kit, { ...view, backend: '/run/a"; } sub x {' })).not.toThrow();
    expect(renderServer(kit, { ...view, backend: '/run/a"; } sub x {' })['policy.vcl']).toContain(
      '{"/run/a"; } sub x {"}',
    );
    expect(() => renderServer(kit, { ...view, backend: 'a\nb' })).toThrow();
    expect(() => renderServer(kit, { ...view, sites: [{ id: 1.5, generation: 1 }] })).toThrow();
  });
});

describe.skipIf(!existsSync('/usr/sbin/varnishd'))('varnishd itself', () => {
  it('compiles the policy and a site', { timeout: 180_000 }, () => {
    const dir = mkdtempSync(join(tmpdir(), 'tenpanel-vcl-'));
    try {
      chmodSync(dir, 0o755);
      mkdirSync(join(dir, 'sites'));
      const files = { ...renderServer(kit, { ...view, sites: [] }), 'sites/7.vcl': renderSite(kit, own) };
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(dir, name), text.replaceAll(vclFolder, dir), { mode: 0o644 });
      for (const name of ['plain.vcl', 'main.vcl', 'sites/7.vcl']) {
        execFileSync('/usr/sbin/varnishd', ['-C', '-f', join(dir, name)], { stdio: 'pipe' });
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
