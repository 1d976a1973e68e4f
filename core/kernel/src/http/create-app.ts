import Koa from 'koa';
import type { Kernel } from '../contracts.js';
import { apiDocs } from './api-docs.js';
import { apiRouter } from './api-router.js';
import type { AppOptions } from './app-options.js';
import { beginRequest } from './begin-request.js';
import { errorAnswers } from './error-answers.js';
import { health } from './health.js';
import { loadRoutes } from './load-routes.js';
import { notServed } from './not-served.js';
import { apiDocument } from './openapi/api-document.js';
import { prometheus } from '../metrics/prometheus.js';
import type { RequestState } from './request-state.js';
import { securityHeaders } from './security-headers.js';
import { servePluginUi } from '../ui/serve-plugin-ui.js';
import { userInterface } from './user-interface.js';

/**
 * The HTTP application, built from `kernel.registry.routes` as they are now (plugins and `kernelRoutes` first).
 * Touches no socket; `listen` does.
 */
export function createApp(kernel: Kernel, options: AppOptions = {}): Koa<RequestState> {
  const app = new Koa<RequestState>();
  // koa would print what errorAnswers has already logged.
  app.silent = true;
  app.on('error', (error: unknown) => kernel.log.warn({ err: error }, 'a connection ended early'));
  const routes = loadRoutes(kernel);
  app.use(beginRequest(kernel));
  app.use(securityHeaders());
  app.use(errorAnswers(kernel));
  app.use(health(kernel, options));
  app.use(prometheus(kernel));
  app.use(apiDocs(() => apiDocument(kernel, routes)));
  app.use(apiRouter(kernel, options, routes).routes());
  app.use(notServed(routes));
  app.use(servePluginUi(kernel));
  if (options.uiDir) app.use(userInterface(options.uiDir, kernel));
  app.use(notServed([]));
  return app;
}
