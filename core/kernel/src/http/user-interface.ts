import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Middleware } from 'koa';
import type { Kernel } from '../contracts.js';
import { pluginUis } from '../ui/plugin-ui.js';
import { htmlPolicy } from './html-policy.js';
import { MEDIA_TYPES } from './media-types.js';
import type { RequestState } from './request-state.js';

/**
 * The built user interface. Only files that were there at the start are served, looked up by exact name, so no path can
 * lead elsewhere; every other address is a page of the shell. `__NONCE__` in index.html becomes this answer's nonce, and
 * the entry `"__PLUGINS__"` of its import map the hashes of the plugins' modules, which the browser then checks.
 */
export function userInterface(dir: string, kernel: Kernel): Middleware<RequestState> {
  let files: Promise<ReadonlySet<string>> | null = null;
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    files ??= listFiles(dir);
    const known = await files;
    const name = ctx.path.slice(1);
    if (name !== 'index.html' && known.has(name)) {
      const file = join(dir, name);
      ctx.set('Content-Type', MEDIA_TYPES[extname(name)] ?? 'application/octet-stream');
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
    ctx.set('Content-Type', MEDIA_TYPES['.html'] ?? 'text/html');
    const page = await readFile(join(dir, 'index.html'), 'utf8');
    ctx.body = page.replaceAll('__NONCE__', nonce).replace('"__PLUGINS__":"",', await integrities(kernel));
  };
}

/** Entries of an import map's `integrity`, each with a comma behind it. */
async function integrities(kernel: Kernel): Promise<string> {
  const uis = await pluginUis(kernel);
  return uis.map(({ entry, integrity }) => `${JSON.stringify(entry)}:"${integrity}",`).join('');
}

async function listFiles(dir: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Set(names.map((name) => name.slice(dir.length).replace(/^\/+/, '')));
}
