import { readFile } from 'node:fs/promises';
import type { Driver, OsFamily } from '@tenpanel/protocol';
import { resolveService, type ServiceTarget } from '../drivers/resolve.js';
import { mustRun } from '../process/must-run.js';
import { socketOf } from './systemd.js';
import type { ServiceManager } from './service-manager.js';

/**
 * Stop services whose main process has had no children for `idleStop` seconds: an idle PHP master costs memory and
 * does nothing. Only where a socket unit starts the service again; what connects in the meantime waits in that socket.
 */
export function idleWatch(
  services: ServiceManager,
  family: OsFamily,
  driversNow: () => Promise<Driver[]>,
  everySeconds = 10,
): () => void {
  const idleSince = new Map<string, number>();
  let busy = false;
  const look = async (): Promise<void> => {
    const seen = new Set<string>();
    for (const driver of await driversNow()) {
      for (const target of await activeTargets(driver, family)) {
        seen.add(target.unit);
        await judge(target);
      }
    }
    for (const unit of idleSince.keys()) if (!seen.has(unit)) idleSince.delete(unit);
  };
  const judge = async (target: ServiceTarget): Promise<void> => {
    const { pid } = await services.status(target);
    if (pid === null || (await hasChildren(pid))) return void idleSince.delete(target.unit);
    const since = idleSince.get(target.unit) ?? Date.now();
    idleSince.set(target.unit, since);
    if (Date.now() - since < (target.spec.idleStop ?? 0) * 1000) return;
    idleSince.delete(target.unit);
    await mustRun(['/usr/bin/systemctl', '/bin/systemctl'], ['stop', '--', target.unit], { timeout: 60 });
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

/** The running units of the driver that may be stopped when idle. */
async function activeTargets(driver: Driver, family: OsFamily): Promise<ServiceTarget[]> {
  const targets: ServiceTarget[] = [];
  for (const [service, spec] of Object.entries(driver.services)) {
    if (spec.idleStop === undefined) continue;
    const instances =
      spec.instancePattern === undefined ? [undefined] : await activeInstances(driver, service, family);
    for (const instance of instances) {
      const target = resolveService(
        driver,
        { service, ...(instance === undefined ? {} : { instance }) },
        family,
      );
      if (socketOf(target) !== null) targets.push(target);
    }
  }
  return targets;
}

async function activeInstances(driver: Driver, service: string, family: OsFamily): Promise<string[]> {
  const unit = driver.services[service]?.unit ?? '';
  const pattern = typeof unit === 'string' ? unit : unit[family];
  const [before = '', after = ''] = pattern.split('{instance}');
  const argv = [
    'list-units',
    '--state=active',
    '--no-legend',
    '--plain',
    '--full',
    '--',
    pattern.replace('{instance}', '*'),
  ];
  const text = await mustRun(['/usr/bin/systemctl', '/bin/systemctl'], argv);
  const allowed = new RegExp(`^(?:${driver.services[service]?.instancePattern ?? ''})$`, 'u');
  return text.split('\n').flatMap((line) => {
    const name = line.split(' ')[0] ?? '';
    const instance = name.slice(before.length, name.length - after.length);
    return name.startsWith(before) && name.endsWith(after) && allowed.test(instance) ? [instance] : [];
  });
}

async function hasChildren(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => 'unknown');
  return text.trim() !== '';
}
