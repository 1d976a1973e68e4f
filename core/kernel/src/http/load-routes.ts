import type { RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { checkRoute } from '../rbac/check-route.js';
import type { LoadedRoute } from './loaded-route.js';

/**
 * The routes that may be served. A plugin's bad route is left out and said so; a bad route of the kernel itself stops
 * the start, because it is a fault of this program.
 */
export function loadRoutes(kernel: Kernel): LoadedRoute[] {
  const loaded: LoadedRoute[] = [];
  const seen = new Map<string, string>();
  for (const { owner, spec } of kernel.registry.routes) {
    const shape = `${spec.method} ${spec.path.replace(/\{[^}]+\}/g, '{}')}`;
    const taken = seen.get(shape);
    const problem = taken
      ? `${spec.method} ${spec.path} belongs to ${taken} already.`
      : checkRoute(kernel.registry, owner, spec);
    if (problem) {
      if (owner === 'kernel') throw new Error(problem);
      kernel.log.error({ plugin: owner, problem }, 'a route was not loaded');
      continue;
    }
    seen.set(shape, owner);
    loaded.push({ owner, spec, twin: null });
  }
  const gets = new Map<string, RouteSpec>();
  for (const { spec } of loaded) if (spec.method === 'GET' && !spec.produces) gets.set(spec.path, spec);
  return loaded.map((route) => ({
    ...route,
    twin: route.spec.method === 'GET' ? null : twinOf(route.spec, gets),
  }));
}

/** The object that a change is about: the path itself, or for an act (`/vhosts/{id}/purge`) the path before it. */
function twinOf(spec: RouteSpec, gets: Map<string, RouteSpec>): RouteSpec | null {
  if (spec.path.endsWith('}') || spec.method !== 'POST') return gets.get(spec.path) ?? null;
  return gets.get(spec.path.replace(/\/[^/]+$/, '')) ?? null;
}
