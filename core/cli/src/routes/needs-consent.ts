import type { RouteCommand } from './route-command.js';

/** Acts that take something away are asked about first; `--yes` answers. */
export function needsConsent(route: RouteCommand): boolean {
  return (
    route.method === 'delete' || /^(delete|remove|purge|uninstall|erase|revoke|transfer)/.test(route.verb)
  );
}
