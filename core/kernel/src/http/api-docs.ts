import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Middleware } from 'koa';
import { htmlPolicy } from './html-policy.js';
import type { RequestState } from './request-state.js';

const FILES: Record<string, string> = {
  'favicon-32x32.png': 'image/png',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

// With a hundred routes unfolded the page takes seconds; folded it is there at once.
const START = `window.addEventListener('load', () => {
  window.SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, docExpansion: 'none', defaultModelsExpandDepth: -1, validatorUrl: null, tryItOutEnabled: false });
});
`;

/** GET /api/openapi.json and Swagger UI at /api/docs, from the installed package: nothing comes from elsewhere. */
export function apiDocs(document: () => unknown): Middleware<RequestState> {
  let text: string | null = null;
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    if (ctx.path === '/api/openapi.json') {
      text ??= JSON.stringify(document());
      ctx.set('Content-Type', 'application/json; charset=utf-8');
      ctx.body = text;
      return;
    }
    if (ctx.path === '/api/docs' || ctx.path === '/api/docs/') {
      const nonce = randomBytes(16).toString('base64url');
      ctx.set('Content-Security-Policy', htmlPolicy(nonce, false));
      ctx.set('Content-Type', 'text/html; charset=utf-8');
      ctx.body = page(nonce);
      return;
    }
    const name = /^\/api\/docs\/([a-z0-9.-]+)$/.exec(ctx.path)?.[1];
    if (name === 'start.js') {
      ctx.set('Content-Type', 'text/javascript; charset=utf-8');
      ctx.body = START;
      return;
    }
    const type = name === undefined ? undefined : FILES[name];
    if (name === undefined || type === undefined) return next();
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    ctx.set('Content-Type', type);
    ctx.set('Cache-Control', 'private, max-age=3600');
    ctx.body = await readFile(join(folder, name));
  };
}

function page(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>10panel API</title>
<link rel="icon" href="/api/docs/favicon-32x32.png" type="image/png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css" nonce="${nonce}">
</head>
<body>
<div id="docs"></div>
<script src="/api/docs/swagger-ui-bundle.js" nonce="${nonce}"></script>
<script src="/api/docs/start.js" nonce="${nonce}"></script>
</body>
</html>
`;
}
