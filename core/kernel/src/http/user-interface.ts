import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Middleware } from 'koa';
import { htmlPolicy } from './html-policy.js';
import type { RequestState } from './request-state.js';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/**
 * The built user interface. Only files that were there at the start are served, looked up by exact name, so no path can
 * lead elsewhere; every other address is a page of the shell. `__NONCE__` in index.html becomes this answer's nonce.
 */
export function userInterface(dir: string): Middleware<RequestState> {
  let files: Promise<ReadonlySet<string>> | null = null;
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    files ??= listFiles(dir);
    const known = await files;
    const name = ctx.path.slice(1);
    if (name !== 'index.html' && known.has(name)) {
      const file = join(dir, name);
      ctx.set('Content-Type', TYPES[extname(name)] ?? 'application/octet-stream');
      // Built files carry a hash in their names.
      ctx.set(
        'Cache-Control',
        name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
      ctx.length = (await stat(file)).size;
      ctx.body = createReadStream(file);
      return;
    }
    if (extname(name) !== '' || !known.has('index.html')) return next();
    const nonce = randomBytes(16).toString('base64url');
    ctx.set('Content-Security-Policy', htmlPolicy(nonce, true));
    ctx.set('Content-Type', TYPES['.html'] ?? 'text/html');
    ctx.body = (await readFile(join(dir, 'index.html'), 'utf8')).replaceAll('__NONCE__', nonce);
  };
}

async function listFiles(dir: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Set(names.map((name) => name.slice(dir.length).replace(/^\/+/, '')));
}
