import { readFile } from 'node:fs/promises';
import type { Driver, OsFamily } from '@tenpanel/protocol';
import { resolveService, type ServiceTarget } from '../drivers/resolve.js';
import { mustRun } from '../process/must-run.js';
import { showUnits, socketOf } from './systemd.js';

const SYSTEMCTL = ['/usr/bin/systemctl', '/bin/systemctl'];
/** Units asked for in one call, so that neither its arguments nor its answer become too long. */
const AT_ONCE = 500;

/**
 * Stop services whose main process has had no children for `idleStop` seconds: an idle PHP master costs memory and
 * does nothing. Only where a socket unit starts the service again; what connects in the meantime waits in that socket.
 * A look costs two calls of systemctl (none follows when nothing runs), however many services and accounts there are.
 */
export function idleWatch(
  family: OsFamily,
  driversNow: () => Promise<Driver[]>,
  everySeconds = 10,
): () => void {
  const idleSince = new Map<string, number>();
  let busy = false;
  const look = async (): Promise<void> => {
    const targets = await runningTargets(await driversNow(), family);
    const seen = new Set(targets.map(({ unit }) => unit));
    for (const unit of idleSince.keys()) if (!seen.has(unit)) idleSince.delete(unit);
    for (let from = 0; from < targets.length; from += AT_ONCE) {
      const some = targets.slice(from, from + AT_ONCE);
      const states = await showUnits(some.map(({ unit }) => unit));
      for (const [index, target] of some.entries())
        await judge(target, Number(states[index]?.['MainPID'] ?? 0));
    }
  };
  const judge = async ({ unit, spec }: ServiceTarget, pid: number): Promise<void> => {
    if (pid <= 0 || (await hasChildren(pid))) return void idleSince.delete(unit);
    const since = idleSince.get(unit) ?? Date.now();
    idleSince.set(unit, since);
    if (Date.now() - since < (spec.idleStop ?? 0) * 1000) return;
    idleSince.delete(unit);
    await mustRun(SYSTEMCTL, ['stop', '--', unit], { timeout: 60 });
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    // A failing look is tried again at the next turn; there is nobody to tell.
    void look()
      .catch(() => undefined)
      .finally(() => (busy = false));
  }, everySeconds * 1000);
  timer.unref();
  return () => clearInterval(timer);
}

/** The running units of all drivers that may be stopped when idle. */
async function runningTargets(drivers: Driver[], family: OsFamily): Promise<ServiceTarget[]> {
  const stoppable = drivers.flatMap((driver) =>
    Object.entries(driver.services)
      .filter(([, spec]) => spec.idleStop !== undefined)
      .map(([service, { unit, instancePattern }]) => ({
        driver,
        service,
        instancePattern,
        unit: typeof unit === 'string' ? unit : unit[family],
      })),
  );
  if (stoppable.length === 0) return [];
  const patterns = stoppable.map(({ unit }) => unit.replace('{instance}', '*'));
  const how = ['--state=active', '--no-legend', '--plain', '--full'];
  const text = await mustRun(SYSTEMCTL, ['list-units', ...how, '--', ...patterns]);
  const names = text.split('\n').flatMap((line) => line.split(' ')[0] || []);
  return stoppable.flatMap(({ driver, service, instancePattern, unit }) => {
    const [before = '', after = ''] = unit.split('{instance}');
    const allowed = new RegExp(`^(?:${instancePattern ?? ''})$`, 'u');
    const refs = names.flatMap((name) => {
      if (instancePattern === undefined) return name === unit ? [{ service }] : [];
      const instance = name.slice(before.length, name.length - after.length);
      const ours = name.startsWith(before) && name.endsWith(after) && allowed.test(instance);
      return ours ? [{ service, instance }] : [];
    });
    return refs
      .map((ref) => resolveService(driver, ref, family))
      .filter((target) => socketOf(target) !== null);
  });
}

async function hasChildren(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => 'unknown');
  return text.trim() !== '';
}
