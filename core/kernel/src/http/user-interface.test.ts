import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPanel } from './test-panel.js';

let panel: TestPanel;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenpanel-ui-'));
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(
    join(folder, 'dist', 'index.html'),
    '<script type="module" nonce="__NONCE__" src="/assets/app-1a2b.js"></script>',
  );
  await writeFile(join(folder, 'dist', 'assets', 'app-1a2b.js'), 'export {}');
  await symlink(join(folder, 'secret.txt'), join(folder, 'dist', 'link.txt'));
  panel = await TestPanel.start([], { uiDir: join(folder, 'dist') });
});
afterAll(async () => {
  await panel?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the user interface', () => {
  it('is one page for every address of the shell, with a new nonce each time that its policy names', async () => {
    const [one, two] = [await panel.ask('GET', '/'), await panel.ask('GET', '/sites/3')];
    const nonce = /nonce="([\w-]+)"/.exec(one.text)?.[1];
    expect(one.headers['content-security-policy']).toContain(`script-src 'self' 'nonce-${nonce}'`);
    expect(one.headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
    expect(two.text).not.toContain(String(nonce));
    expect(two.headers['cache-control']).toBe('no-store');
  });

  it('serves its files, and nothing outside of its folder', async () => {
    const file = await panel.ask('GET', '/assets/app-1a2b.js');
    expect([file.status, file.headers['content-type'], file.headers['cache-control']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ]);
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/link.txt',
      '/assets/missing.js',
    ]) {
      const answer = await panel.ask('GET', path);
      expect([path, answer.status, answer.text.includes('secret"')]).toEqual([path, 404, false]);
    }
    expect((await panel.ask('GET', '/api/nothing')).status).toBe(404);
    expect((await panel.ask('POST', '/', { body: {} })).status).toBe(404);
  });
});
