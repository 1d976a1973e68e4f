import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Middleware } from 'koa';
import type { Kernel } from '../contracts.js';
import { MEDIA_TYPES } from '../http/media-types.js';
import type { RequestState } from '../http/request-state.js';
import { PLUGIN_FILES, pluginUis } from './plugin-ui.js';

/** The files of the plugins' browser parts, looked up by exact address, so no path can lead elsewhere. */
export function servePluginUi(kernel: Kernel): Middleware<RequestState> {
  return async (ctx, next) => {
    if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || !ctx.path.startsWith(`${PLUGIN_FILES}/`))
      return next();
    const uis = await pluginUis(kernel);
    const file = uis.map(({ files }) => files.get(ctx.path)).find((known) => known !== undefined);
    if (file === undefined) return next();
    ctx.set('Content-Type', MEDIA_TYPES[extname(file)] ?? 'application/octet-stream');
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.length = (await stat(file)).size;
    ctx.body = createReadStream(file);
  };
}
