import { readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { FailpointName } from './failpoint-names.js';

/**
 * Folder with one file a fault that is asked for. Read at the start only: a running process cannot be given one, and
 * only root writes a service's environment (a systemd drop-in).
 */
const folder = process.env['TENPANEL_FAILPOINTS'] ?? '';
const passes = new Map<FailpointName, number>();

/**
 * A place at which a test can have this process fail. Does nothing, and costs one comparison, unless the process was
 * started with `TENPANEL_FAILPOINTS=<folder>`. Then the file `<folder>/<name>` says what happens:
 *
 *     kill           the process ends by SIGKILL
 *     kill:3         … when it passes here for the third time
 *     error:EIO      an error with this code is thrown
 *     wait:5000      the process goes on after so many milliseconds
 *     hold           it goes on when the file is gone
 *
 * A fault happens once: its file is removed first, so that the process that is started next is not hit again.
 */
export async function failpoint(name: FailpointName): Promise<void> {
  if (folder === '') return;
  const order = read(join(folder, name));
  if (order === null) return;
  const [action = '', value = ''] = order.split(':');
  if (action === 'kill') {
    const pass = (passes.get(name) ?? 0) + 1;
    passes.set(name, pass);
    if (pass < Number(value || '1')) return;
  }
  if (action === 'hold') {
    while (read(join(folder, name)) !== null) await new Promise((resolve) => setTimeout(resolve, 20));
    return;
  }
  unlinkSync(join(folder, name));
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'error') throw Object.assign(new Error(`${value} at ${name}`), { code: value });
  if (action === 'wait') await new Promise((resolve) => setTimeout(resolve, Number(value)));
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
