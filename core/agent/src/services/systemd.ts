import { AgentError, type Driver, type ServiceStatus } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { readFile } from '../files/read-file.js';
import { writeFile } from '../files/write-file.js';
import { mustRun } from '../process/must-run.js';
import { run } from '../process/run.js';
import type { ServiceManager } from './service-manager.js';

const SYSTEMCTL = ['/usr/bin/systemctl', '/bin/systemctl'];
const UNIT_FOLDER = '/etc/systemd/system';
const PROPERTIES = 'LoadState,ActiveState,SubState,UnitFileState,MainPID,MemoryCurrent,Result';

type Properties = Record<string, string>;

/** Properties of units, in the order asked; an unknown unit has LoadState=not-found. */
export async function showUnits(units: readonly string[]): Promise<Properties[]> {
  const text = await mustRun(SYSTEMCTL, ['show', `--property=${PROPERTIES}`, '--', ...units]);
  return text.split('\n\n').map((block) => {
    const pairs = block
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
    return Object.fromEntries(pairs.filter(([name]) => name !== ''));
  });
}

/** The socket that can start the service again: a unit file of the driver with the same name. */
export function socketOf(target: ServiceTarget): string | null {
  const names = Object.keys(target.spec.unitFiles ?? {});
  const socket = target.unit.replace(/\.service$/, '.socket');
  const template = socket.replace(/@.*\.socket$/, '@.socket');
  return names.includes(socket) || names.includes(template) ? socket : null;
}

/** Services as systemd units. */
export function systemd(): ServiceManager {
  const control = async (target: ServiceTarget, ...argv: string[]): Promise<void> => {
    const result = await run(SYSTEMCTL, argv, { timeout: 120 });
    if (result.exitCode === 0) return;
    const journal = await lastWords(target.unit);
    throw new AgentError(
      'agent.serviceFailed',
      `${target.unit}: ${result.stderr.trim()}\n${journal}`.trim().slice(0, 4096),
    );
  };
  const units = (target: ServiceTarget): string[] => {
    const socket = socketOf(target);
    return socket === null ? [target.unit] : [socket, target.unit];
  };
  return {
    kind: 'systemd',
    async activate(driver: Driver) {
      let changed = false;
      for (const service of Object.values(driver.services)) {
        for (const [name, content] of Object.entries(service.unitFiles ?? {})) {
          const path = `${UNIT_FOLDER}/${name}`;
          const current = await readFile(path).catch(() => null);
          if (current?.toString('utf8') === content) continue;
          await writeFile(path, content, { mode: 0o644 });
          changed = true;
        }
      }
      if (changed) await mustRun(SYSTEMCTL, ['daemon-reload'], { timeout: 60 });
    },
    resume: () => Promise.resolve(),
    async status(target) {
      const socket = socketOf(target);
      const [unit = {}, listener] = await showUnits(socket === null ? [target.unit] : [target.unit, socket]);
      return statusOf(unit, listener);
    },
    async start(target) {
      await control(target, 'start', '--', socketOf(target) ?? target.unit);
    },
    async stop(target) {
      await control(target, 'stop', '--', ...units(target));
    },
    async restart(target) {
      await run(SYSTEMCTL, ['reset-failed', '--', target.unit]);
      const socket = socketOf(target);
      // A socket cannot be bound again while its service runs; starting it when it is up already changes nothing.
      if (socket !== null) await run(SYSTEMCTL, ['start', '--', socket], { timeout: 60 });
      await control(target, 'restart', '--', target.unit);
    },
    reload: (target) => control(target, 'reload', '--', target.unit),
    signal: (target, signal) =>
      control(target, 'kill', '--kill-whom=main', `--signal=SIG${signal}`, '--', target.unit),
    async enable(target) {
      const socket = socketOf(target);
      const [service = {}, listener] = await showUnits(
        socket === null ? [target.unit] : [target.unit, socket],
      );
      const now = listener ?? service;
      const enabled = now['UnitFileState']?.startsWith('enabled') === true;
      const active = now['ActiveState'] === 'active';
      if (enabled && active) return statusOf(service, listener);
      // Without a reload of all units, which would cost every new account what all units of the host cost.
      if (!enabled) await control(target, 'enable', '--no-reload', '--', socket ?? target.unit);
      if (!active) await control(target, 'start', '--', socket ?? target.unit);
    },
    async disable(target) {
      const listed = units(target);
      await run(SYSTEMCTL, ['disable', '--now', '--', ...listed], { timeout: 120 });
      await control(target, 'stop', '--', ...listed);
    },
  };
}

function statusOf(unit: Properties, listener: Properties | undefined): ServiceStatus {
  const enabled = [unit, listener].some((each) => each?.['UnitFileState']?.startsWith('enabled') === true);
  const pid = Number(unit['MainPID'] ?? 0);
  const memory = Number(unit['MemoryCurrent'] ?? Number.NaN);
  const status = {
    enabled,
    pid: pid > 0 ? pid : null,
    // An unset counter reads as 2^64-1 or [not set].
    memoryBytes: Number.isSafeInteger(memory) ? memory : null,
  };
  if (unit['LoadState'] === 'not-found')
    return { ...status, state: 'missing', message: 'The service is not installed.' };
  const active = unit['ActiveState'];
  if (active === 'active' || active === 'reloading') return { ...status, state: 'running' };
  if (active === 'activating') return { ...status, state: 'starting' };
  if (active === 'failed')
    return { ...status, state: 'failed', message: `systemd says: ${unit['Result'] ?? 'failed'}` };
  if (listener?.['ActiveState'] === 'active') return { ...status, state: 'listening' };
  return { ...status, state: 'stopped' };
}

async function lastWords(unit: string): Promise<string> {
  const result = await run(
    ['/usr/bin/journalctl', '/bin/journalctl'],
    ['--unit', unit, '--lines', '10', '--no-pager', '--output', 'cat'],
  ).catch(() => null);
  return result?.exitCode === 0 ? result.stdout.trim() : '';
}
