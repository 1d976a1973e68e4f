import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { Layout } from '../layout/layout.js';
import type { Progress } from '../start/progress.js';
import { bundledDrivers } from './bundled-plugins.js';
import { ensureCommandLink } from './command-link.js';
import { installDrivers, type HostDriver } from './drivers.js';
import { ensureFolders } from './folders.js';
import { ensurePanelUser, type PanelUser } from './panel-user.js';
import { installSystemPackages, missingSystemPackages } from './system-packages.js';

export interface PreparedHost {
  user: PanelUser;
  /** Drivers that come with the panel; they are installed. */
  drivers: HostDriver[];
}

/** Everything that comes before the first process: user, folders, helpers, drivers. Idempotent, and quiet when nothing is to do. */
export async function prepareHost(layout: Layout, progress: Progress): Promise<PreparedHost> {
  const user = layout.preview ? ownUser() : await ensurePanelUser();
  ensureFolders(layout, user);
  if (!layout.preview) {
    const missing = missingSystemPackages();
    if (missing.length > 0)
      await progress.step('system packages of the panel', () => installSystemPackages(missing, progress.say));
    if (ensureCommandLink(layout) === 'foreign')
      progress.warn('/usr/local/bin/tenpanel is another program; it was left alone.');
  }
  const drivers = bundledDrivers(layout);
  const changed = installDrivers(layout.driversDir, drivers);
  if (changed.length > 0) progress.say(`host drivers: ${changed.join(', ')}`);
  return { user, drivers };
}

function ownUser(): PanelUser {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined)
    throw new CliError('10panel runs on Linux only.', ExitCode.unexpected);
  return { uid, gid };
}
