import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emitted } from '@tenpanel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTemplates } from './templates.js';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tenpanel-templates-'));
  await mkdir(join(dir, 'templates'));
  await writeFile(
    join(dir, 'templates/site.nginx.eta'),
    'server_name <%= it.name %>;\n<%~ include("part.nginx.eta", { root: it.root }) %>',
  );
  await writeFile(join(dir, 'templates/part.nginx.eta'), 'root <%= it.root %>;');
  await writeFile(join(dir, 'templates/raw.nginx.eta'), '<%~ it.block %>');
  await writeFile(join(dir, 'templates/pool.ini.eta'), 'listen = <%= it.listen %>');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('templates', () => {
  it('escapes every value for the language of the suffix, in partials too', () => {
    const text = createTemplates(dir)('site.nginx.eta', { name: 'a.example', root: '/home/a b' });
    expect(text).toBe('server_name a.example;\nroot "/home/a b";');
  });

  it('refuses a line break in a value instead of writing it', () => {
    const render = createTemplates(dir);
    expect(() => render('site.nginx.eta', { name: 'a;\nlisten 81', root: '/' })).toThrow(/control character/);
    expect(() => render('pool.ini.eta', { listen: 'x\nuser = root' })).toThrow(/control character/);
  });

  it('quotes what would end a statement', () => {
    expect(createTemplates(dir)('site.nginx.eta', { name: 'a; deny all', root: '/' })).toContain(
      'server_name "a; deny all";',
    );
  });

  it('prints raw only what an emitter has made', () => {
    const render = createTemplates(dir);
    expect(() => render('raw.nginx.eta', { block: 'deny all;' })).toThrow(/emitter/);
    expect(render('raw.nginx.eta', { block: emitted('deny all;') })).toBe('deny all;');
  });

  it('refuses names without a language and names that leave the folder', () => {
    const render = createTemplates(dir);
    expect(() => render('site.eta', {})).toThrow(/<language>/);
    expect(() => render('site.html.eta', {})).toThrow(/<language>/);
    expect(() => render('../secret.nginx.eta', {})).toThrow(/<language>/);
  });
});
