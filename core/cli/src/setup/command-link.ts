import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../layout/layout.js';

const place = '/usr/local/bin/tenpanel';

/** Make `tenpanel` a command of the system. A file that is no link of ours is left alone. */
export function ensureCommandLink(layout: Layout): 'made' | 'same' | 'foreign' {
  const target = join(layout.app, 'core/cli/bin/tenpanel.js');
  try {
    if (!lstatSync(place).isSymbolicLink() || !readlinkSync(place).endsWith('/core/cli/bin/tenpanel.js'))
      return 'foreign';
    if (readlinkSync(place) === target) return 'same';
  } catch {
    // Not there yet.
  }
  rmSync(`${place}.part`, { force: true });
  symlinkSync(target, `${place}.part`);
  renameSync(`${place}.part`, place);
  return 'made';
}
