import { findProgram } from '../system/find-program.js';
import { hasSystemd } from '../system/has-systemd.js';
import { runProgram } from '../system/run-program.js';

/** Is the panel run by systemd now (`tenpanel setup --production`)? */
export async function productionIsActive(): Promise<boolean> {
  const systemctl = findProgram('systemctl');
  if (!hasSystemd() || !systemctl) return false;
  return (
    (await runProgram(systemctl, ['is-active', '--quiet', 'tenpanel.target'], { timeout: 10 })).exitCode === 0
  );
}
