import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestSchema } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPanel } from '../http/test-panel.js';

let panel: TestPanel;
let folder: string;

const manifest = (id: string, ui: string | null) =>
  manifestSchema.parse({ id, api: '^1.0.0', tier: 'local', title: id, ui });
const add = (id: string, state: 'running' | 'disabled', ui: string | null = 'ui/index.js') =>
  panel.kernel.registry.plugins.set(id, {
    manifest: manifest(id, ui),
    dir: join(folder, id),
    version: '1.2.3',
    state,
    reason: null,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenpanel-plugin-ui-'));
  await mkdir(join(folder, 'shop/ui/parts'), { recursive: true });
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'shop/secret.js'), 'secret');
  await writeFile(join(folder, 'shop/ui/index.js'), 'export default {}');
  await writeFile(join(folder, 'shop/ui/parts/page.js'), 'export default 1');
  await writeFile(join(folder, 'shop/ui/style.css'), 'p { color: red }');
  await symlink(join(folder, 'shop/secret.js'), join(folder, 'shop/ui/link.js'));
  await writeFile(
    join(folder, 'dist/index.html'),
    '<script type="importmap" nonce="__NONCE__">{"imports":{},"integrity":{"__PLUGINS__":"","/a.js":"sha384-a"}}</script>',
  );
  panel = await TestPanel.start([], { uiDir: join(folder, 'dist') });
  add('shop', 'running');
  add('asleep', 'disabled');
  add('broken', 'running');
  add('plain', 'running', null);
});
afterAll(async () => {
  await panel?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Listed {
  items: { id: string; entry: string; style: string | null; integrity: string }[];
}

describe('the browser parts of plugins', () => {
  it('are told to everybody who is signed in: those that run and can be read', async () => {
    expect((await panel.ask('GET', '/api/ui/plugins')).status).toBe(401);
    const { status, body } = await panel.ask('GET', '/api/ui/plugins', { local: true });
    expect(status).toBe(200);
    const { items } = body as unknown as Listed;
    expect(items.map(({ id }) => id)).toEqual(['shop']);
    expect(items[0]?.entry).toMatch(/^\/plugin-ui\/shop\/[0-9a-f]{16}\/index\.js$/);
    expect(items[0]?.style).toMatch(/\/style\.css$/);
  });

  it('are served with what lies beside them, for ever, and nothing else is', async () => {
    const { body } = await panel.ask('GET', '/api/ui/plugins', { local: true });
    const entry = (body as unknown as Listed).items[0]?.entry ?? '';
    const base = entry.replace('/index.js', '');
    const part = await panel.ask('GET', `${base}/parts/page.js`);
    expect([part.status, part.text, part.headers['content-type'], part.headers['cache-control']]).toEqual([
      200,
      'export default 1',
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ]);
    for (const path of ['/../secret.js', '/%2e%2e/secret.js', '/link.js', '/parts', '/missing.js'])
      expect((await panel.ask('GET', `${base}${path}`)).text, path).not.toBe('secret');
    expect((await panel.ask('GET', `${base}/missing.js`)).status).toBe(404);
    expect((await panel.ask('GET', entry.replace(/[0-9a-f]{16}/, '0'.repeat(16)))).status).toBe(404);
  });

  it('stand in the page’s import map with their hashes, which the browser checks', async () => {
    const { items } = (await panel.ask('GET', '/api/ui/plugins', { local: true })).body as unknown as Listed;
    const { text } = await panel.ask('GET', '/');
    const map = JSON.parse(/>(\{.*\})</.exec(text)?.[1] ?? '') as { integrity: Record<string, string> };
    expect(map.integrity).toEqual({
      [items[0]?.entry ?? '']: items[0]?.integrity,
      '/a.js': 'sha384-a',
    });
  });
});

describe('the manifest', () => {
  it.each([
    '/etc/passwd.js',
    '../ui/index.js',
    'ui/../../index.js',
    'ui/index.css',
    'index.js',
    'ui//index.js',
  ])('takes no entry %s', (ui) => {
    expect(() => manifest('bad', ui)).toThrow(/path inside the package/);
  });
});
