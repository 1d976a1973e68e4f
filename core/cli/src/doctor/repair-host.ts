import type { Layout } from '../layout/layout.js';
import { bundledDrivers } from '../setup/bundled-plugins.js';
import { ensureCommandLink } from '../setup/command-link.js';
import { installDrivers } from '../setup/drivers.js';
import { ensureFolders } from '../setup/folders.js';
import { readPanelUser } from '../setup/panel-user.js';

/** Folders, bundled drivers and the command's link, as setup makes them. Says what it has changed. */
export function repairHost(layout: Layout): string[] {
  const user = layout.preview
    ? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    : readPanelUser();
  if (!user) return [];
  return [
    ...ensureFolders(layout, user).map((path) => `owner and mode of ${path}`),
    ...installDrivers(layout.driversDir, bundledDrivers(layout)).map((id) => `host driver of ${id}`),
    ...(!layout.preview && ensureCommandLink(layout) === 'made' ? ['/usr/local/bin/tenpanel'] : []),
  ];
}
