import Koa from 'koa';
import type { Kernel } from '../contracts.js';
import type { AppOptions } from './app-options.js';

/**
 * The HTTP application, built from `kernel.registry.routes` as they are now (plugins and `kernelRoutes` first).
 * Touches no socket; `listen` does.
 */
export function createApp(kernel: Kernel, options: AppOptions = {}): Koa {
  const app = new Koa();
  void kernel;
  void options;
  return app;
}
