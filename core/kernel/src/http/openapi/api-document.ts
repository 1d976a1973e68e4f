import type { Kernel } from '../../contracts.js';
import type { LoadedRoute } from '../loaded-route.js';
import { openApiDocument } from './open-api-document.js';

/**
 * The document of all routes. What plugins could break in it is checked when they start; should one get through
 * nevertheless, its routes are left out and the document of the others stays.
 */
export function apiDocument(
  { config, log }: Pick<Kernel, 'config' | 'log'>,
  routes: readonly LoadedRoute[],
): ReturnType<typeof openApiDocument> {
  try {
    return openApiDocument(config, routes);
  } catch {
    let kept: LoadedRoute[] = [];
    const owners = new Set(['kernel', ...routes.map(({ owner }) => owner)]);
    for (const owner of owners) {
      const more = [...kept, ...routes.filter((route) => route.owner === owner)];
      try {
        openApiDocument(config, more);
        kept = more;
      } catch (error) {
        if (owner === 'kernel') throw error;
        log.error({ err: error, plugin: owner }, 'the routes of a plugin are missing in the API document');
      }
    }
    return openApiDocument(config, kept);
  }
}
