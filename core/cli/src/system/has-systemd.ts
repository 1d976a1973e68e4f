import { existsSync } from 'node:fs';

/** Is systemd PID 1? The test of sd_booted(3). */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}
