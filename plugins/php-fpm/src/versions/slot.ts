/**
 * Where a version of PHP lives on this host. A slot names its driver service (`fpm84`), its folder below
 * /etc/tenpanel/php and its sockets; the distribution's own unversioned PHP (RHEL's AppStream) has the slot `system`.
 */
export interface Slot {
  slot: string;
  service: string;
  configDir: string;
  socketDir: string;
}

export function slotOf(slot: string): Slot {
  return {
    slot,
    service: `fpm${slot.replace('.', '')}`,
    configDir: slot,
    socketDir: `/run/tenpanel-php/${slot}`,
  };
}

/** The slot of a path that `host.glob` found, or null when it is no PHP-FPM of a version we know how to run. */
export function slotOfPath(path: string): string | null {
  if (path === '/usr/sbin/php-fpm') return 'system';
  const match =
    /^\/usr\/sbin\/php-fpm(\d)\.(\d+)$/.exec(path) ??
    /^\/opt\/remi\/php(\d)(\d+)\/root\/usr\/sbin\/php-fpm$/.exec(path);
  const version = match ? `${match[1]}.${match[2]}` : '';
  return /^(7\.4|8\.[0-5])$/.test(version) ? version : null;
}
