import { join } from 'node:path';
import type { Layout } from '../layout/layout.js';
import { productionIsActive } from '../setup/production.js';
import { findProgram } from '../system/find-program.js';
import { mustRun } from '../system/run-program.js';
import { RunRecord } from './run-record.js';

/** Have web and worker read configuration and plugins again; the listening socket stays open. False when nothing runs. */
export async function restartPanel(layout: Layout): Promise<boolean> {
  const record = new RunRecord(join(layout.supervisorDir, 'start.json'));
  if (record.runningSupervisor()) {
    for (const name of ['web', 'worker']) {
      const child = record.runningChild(name);
      // The supervisor starts again what ends.
      if (child) process.kill(child.pid, 'SIGTERM');
    }
    return true;
  }
  const systemctl = findProgram('systemctl');
  if (!layout.preview && systemctl && (await productionIsActive())) {
    await mustRun(systemctl, ['restart', 'tenpanel-web.service', 'tenpanel-worker.service'], {
      timeout: 120,
    });
    return true;
  }
  return false;
}
