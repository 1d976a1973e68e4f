import type { RouteCommand } from './route-command.js';

/** Acts that take something away are asked about first; `--yes` answers. An account is purged only by its name, a cache fills again. */
export function needsConsent(route: RouteCommand): boolean {
  return route.method === 'delete' || /^(delete|remove|uninstall|erase|revoke|transfer)/.test(route.verb);
}
